package replica

// What the measurements do by hand.
var (
	Indexed = indexed
	Place   = place
)
