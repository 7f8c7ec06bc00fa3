package chat

// Caller is whoever asks: a user of the firm, or somebody outside it with the chats that are theirs.
type Caller struct {
	Account string
	Name    string
	// User is true for somebody of the firm.
	User  bool
	Admin bool
}

// MaySee reports whether a user may open the matter. A participant sees a matter only through their own
// chat in it, which is for the store to look up.
func (c Caller) MaySee(m Matter) bool {
	if !c.User {
		return false
	}
	if c.Admin || m.Assigned == c.Account {
		return true
	}
	for _, id := range m.Team {
		if id == c.Account {
			return true
		}
	}
	return false
}

// ForParticipant is what a participant learns of a matter: its title and reference, and
// whether it is closed.
func (m Matter) ForParticipant() Matter {
	return Matter{ID: m.ID, Reference: m.Reference, Title: m.Title, ClosedAt: m.ClosedAt, Version: m.Version}
}
