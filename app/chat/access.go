package chat

// Caller is whoever asks: a user of the firm, or somebody outside it with the chats that are theirs.
type Caller struct {
	Account string
	Name    string
	// User is true for somebody of the firm.
	User  bool
	Admin bool
}

// MaySee reports whether a user may open a matter, given who is assigned to it and whether they are on its
// team. A participant sees a matter only through their own chat in it, which is for the store to look up.
func (c Caller) MaySee(assigned string, onTeam bool) bool {
	return c.User && (c.Admin || onTeam || assigned == c.Account)
}

// ForParticipant is what a participant learns of a matter: its title and reference, and
// whether it is closed.
func (m Matter) ForParticipant() Matter {
	return Matter{ID: m.ID, Reference: m.Reference, Title: m.Title, ClosedAt: m.ClosedAt, Version: m.Version}
}
