package chat

// Caller is the person who makes a request: a user, or someone outside the firm who sees only their own chats.
type Caller struct {
	Account string
	Name    string
	// User is true for a user of the firm.
	User  bool
	Admin bool
	Email string
	// Alike reports whether another user's name looks the same.
	Alike bool
	// Covers is another text after each change of the covers that concern the caller.
	Covers string
	// Session is the id of the caller's session, empty for commands on the portal's own machine.
	Session string
	// Reminders counts the changes of a user's reminders. A live stream that began with another count ends.
	Reminders int64
	Origin
}

// Origin is where a request comes from. It is for the audit trail, and grants nothing.
type Origin struct {
	// Address is the client's IP address, empty for commands on the portal's own machine.
	Address string
	// Device is the name that the device gave itself when it signed in.
	Device string
	// Kind is the kind of program that signed in.
	Kind SessionKind
}

// MaySee reports whether a user may open a matter, given its assigned user and whether the caller is on its team. It is
// false for a participant, who sees only their own chat in a matter; the store looks that up.
func (c Caller) MaySee(assigned string, onTeam bool) bool {
	return c.User && (c.Admin || onTeam || assigned == c.Account)
}

// ForParticipant is what a participant may see of their own row.
func (p Participant) ForParticipant() Participant {
	p.InvitedUntil, p.LinkBlocked, p.Account, p.Email, p.ResetAt, p.ResetBy = 0, 0, "", "", 0, ""
	return p
}

// ForParticipant is what a participant may see of a matter: its title, its reference and whether it is closed.
func (m Matter) ForParticipant() Matter {
	return Matter{ID: m.ID, Reference: m.Reference, Title: m.Title, ClosedAt: m.ClosedAt, Version: m.Version}
}
