package replica

// For the benchmarks, which write the same rows by hand.
var (
	Indexed  = indexed
	IndexRow = indexRow
)
