// Package chat defines Matterline's domain: its types, the rules for valid text and for who may see what, and its errors.
// It depends only on the standard library and on Unicode's normal forms.
//
// A chat is all messages between the firm and one participant in one matter, so the participant's id identifies it.
// Every matter has a version that each change in the matter increments. Each row carries the version of its last change.
// A participant counts only the changes that they may see.
//
// Every change also has a mark, a random text. If a device received another mark at a version than the portal has now,
// the portal was put back to an earlier state.
//
// Times are integer milliseconds in UTC.
//
// The types have JSON names because the portal and the replicas exchange them.
package chat

// Matter is the firm's case or file.
type Matter struct {
	ID        string `json:"id"`
	Reference string `json:"reference" doc:"the firm's file number" example:"2026-0147"`
	Title     string `json:"title" example:"Okafor: purchase of 14 Elm Street"`
	Type      string `json:"type,omitempty" doc:"area of practice; for users only" example:"Conveyancing"`
	OpenedAt  int64  `json:"opened_at,omitempty" doc:"for users only"`
	ClosedAt  int64  `json:"closed_at,omitempty" doc:"0 while it is open; a closed matter takes no messages"`
	// Assigned is the one user the matter is assigned to; its alerts are theirs alone.
	Assigned string   `json:"assigned,omitempty" doc:"the assigned user's id; for users only"`
	Team     []string `json:"team,omitempty" nullable:"false" doc:"ids of the other users who may open the matter; for users only"`
	Version  int64    `json:"version" doc:"the version of the last change to this row"`
}

// Participant is a person outside the firm on a matter's portal. Their id also identifies the chat with them.
type Participant struct {
	ID        string `json:"id"`
	Matter    string `json:"matter"`
	Name      string `json:"name" example:"Ana Okafor"`
	Role      string `json:"role" example:"Client"`
	OtherSide bool   `json:"other_side" doc:"whether they are on the other side of the matter"`
	Joined    bool   `json:"joined" doc:"whether they have signed in at least once"`
	Removed   bool   `json:"removed,omitempty" doc:"whether their access has ended; the firm keeps their chat"`
	// InvitedUntil is when their invitation link expires, or 0 if there is none.
	InvitedUntil int64 `json:"invited_until,omitempty" doc:"when their invitation link expires; for users only"`
	// Account is empty until they have one.
	Account string `json:"account,omitempty" doc:"the id of their account; for users only"`
	// ResetAt is when an admin last made a link for a new password for their account, or 0, and ResetBy is the admin.
	ResetAt int64  `json:"reset_at,omitempty" doc:"when a link for a new password was last made; for users only"`
	ResetBy string `json:"reset_by,omitempty" doc:"the account of the admin who made it; for users only"`
	// LinkBlocked is when their invitation link stopped working because of wrong PINs or emails, or 0.
	LinkBlocked int64 `json:"link_blocked,omitempty" doc:"when their invitation link stopped working after too many wrong PINs, or emails of others; for users only"`
	// Email is their account's, with which they took up the invitation.
	Email   string `json:"email,omitempty" doc:"the email they sign in with; for users only"`
	Version int64  `json:"version"`
}

// User is a member of the firm who signs in to the desktop app.
type User struct {
	ID   string `json:"id"`
	Name string `json:"name" example:"Maya Hart"`
	// Email tells users apart whose names look the same.
	Email string `json:"email,omitempty" doc:"a participant gets it only where another user's name looks the same"`
}

// Message is one text in a chat.
type Message struct {
	ID          string `json:"id" doc:"a UUIDv7, made by the device that wrote it"`
	Participant string `json:"participant" doc:"the chat"`
	Author      string `json:"author" doc:"a user's id, or the participant's own"`
	Text        string `json:"text"`
	WrittenAt   int64  `json:"written_at" doc:"by the clock of the device that wrote it"`
	SentAt      int64  `json:"sent_at" doc:"by the portal's clock; people see this time"`
	Version     int64  `json:"version"`
}

// FromParticipant reports whether the participant wrote m, rather than the firm.
func (m Message) FromParticipant() bool { return m.Author == m.Participant }

// Status is a period in which a message was its chat's current status.
type Status struct {
	ID          string `json:"id"`
	Participant string `json:"participant"`
	Message     string `json:"message" doc:"the message's id"`
	Text        string `json:"text"`
	SetBy       string `json:"set_by" doc:"a user's id"`
	SetAt       int64  `json:"set_at"`
	EndedAt     int64  `json:"ended_at" doc:"0 while it is the current status"`
	Version     int64  `json:"version"`
}

// Read is a read mark: how far a reader has read a chat. It only moves forward.
type Read struct {
	Participant string `json:"participant" doc:"the chat"`
	Reader      string `json:"reader" doc:"a user's id, or the participant's own"`
	Upto        int64  `json:"upto" doc:"the version of the newest message that they have read"`
	At          int64  `json:"at" doc:"when the mark last moved, by the portal's clock"`
	Version     int64  `json:"version"`
}

// Reminder asks for an alert of a chat at a time. It is one user's own. A user has one at most in each chat.
type Reminder struct {
	Participant string `json:"participant" maxLength:"64" doc:"the chat"`
	Matter      string `json:"matter,omitempty" maxLength:"64" doc:"the portal fills it in"`
	DueAt       int64  `json:"due_at" minimum:"0" doc:"0 if it has ended"`
	SeenAt      int64  `json:"seen_at" minimum:"0" doc:"when the newest message was sent that the user had seen, or 0; until the reminder is due, the chat has no alert for it"`
	SetAt       int64  `json:"set_at" minimum:"0" doc:"when the user set or ended it; the portal keeps the latest"`
}

// Changes are the complete rows of a matter that changed between two versions, as far as one caller may see them.
// Applying the same changes twice changes nothing.
type Changes struct {
	Matter  string `json:"matter"`
	After   int64  `json:"after" doc:"the version these changes follow"`
	Version int64  `json:"version" doc:"the version after applying these changes"`
	More    bool   `json:"more" doc:"whether there are more changes after version"`
	// Both are empty if the portal doesn't know them.
	AfterMark string `json:"after_mark,omitempty" doc:"the mark of the change that made after"`
	Mark      string `json:"mark,omitempty" doc:"the mark of the change that made version"`

	Info         *Matter       `json:"info,omitempty" doc:"the matter itself, if it changed"`
	Users        []User        `json:"users,omitempty" nullable:"false" doc:"the users that the rows refer to"`
	Participants []Participant `json:"participants,omitempty" nullable:"false"`
	Messages     []Message     `json:"messages,omitempty" nullable:"false"`
	Statuses     []Status      `json:"statuses,omitempty" nullable:"false"`
	Reads        []Read        `json:"reads,omitempty" nullable:"false"`
}

// Head is a matter's current version: that of the newest change that the caller may see.
type Head struct {
	Matter  string `json:"matter"`
	Version int64  `json:"version"`
	Mark    string `json:"mark,omitempty" doc:"the mark of the change that made the version"`
	// These decide which matters to pull first.
	Mine     bool  `json:"mine,omitempty" doc:"whether it is assigned to the caller"`
	ActiveAt int64 `json:"active_at,omitempty" doc:"when the newest message was sent; for users only"`
}

// Totals are the number of matters that a caller may see, and the sum of their versions. A copy with other totals isn't
// up to date.
type Totals struct {
	Matters  int   `json:"matters"`
	Versions int64 `json:"versions"`
}

// TotalsOf returns the totals of heads.
func TotalsOf(heads []Head) (t Totals) {
	for _, head := range heads {
		t.Matters++
		t.Versions += head.Version
	}
	return t
}

// Known is how far a device has a matter. The mark is empty if the device doesn't know it.
type Known struct {
	Version int64
	Mark    string
	// Confirmed is the newest version with which the portal confirmed a message of the device. It may be ahead of Version.
	Confirmed int64
}

// Continues reports whether a history with this mark at this version can contain everything that the device has.
func (k Known) Continues(version int64, mark string) bool {
	return version > k.Version || version == k.Version && (mark == k.Mark || mark == "" || k.Mark == "")
}

// LeadsTo reports whether a portal with this head can still have everything that the device has.
func (k Known) LeadsTo(head Head) bool {
	return head.Version >= k.Confirmed && k.Continues(head.Version, head.Mark)
}

// Kind is the kind of an outbox item.
type Kind string

const (
	SendMessage  Kind = "message"
	SetStatus    Kind = "status"
	AssignMatter Kind = "assign"
)

// Unsent is an item in the outbox: something done on this device that the portal hasn't confirmed.
type Unsent struct {
	ID          string
	Kind        Kind
	Matter      string
	Participant string // empty with AssignMatter
	WrittenAt   int64

	Text      string  // with SendMessage
	SetStatus bool    // with SendMessage: make it the current status as well
	Message   string  // with SetStatus: the message to make the current status; empty removes the status
	SawStatus *string // the message that the writer saw as the current status, or empty for none
	Assigned  string  // with AssignMatter: the user
}

// UnreadChat describes the messages in a chat that a user hasn't read and didn't write.
type UnreadChat struct {
	Matter, Reference, Title string
	// Assigned is the matter's assigned user, and Team the other users who may open it, besides the admins.
	Assigned          string
	Team              []string
	Participant, Name string
	Unread            int
	// Newest is the newest unread message.
	Newest Message
	// Colleague is the name of the user who wrote Newest, or empty if the participant did.
	Colleague string
	// ReminderAt is when the chat's reminder was due, or 0 if it isn't yet. Then Newest is the newest message if none is
	// unread.
	ReminderAt int64
	// Ended means that nothing can be written in the chat: the matter is closed, or the participant removed.
	Ended bool
}

// Reply is a saved reply: a text to insert into a message. {first name}, {matter} and {reference} in it are placeholders.
type Reply struct {
	ID    string `json:"id" doc:"a UUID, made by the device"`
	Title string `json:"title" example:"Funds received"`
	Text  string `json:"text"`
	Firm  bool   `json:"firm" doc:"whether all users of the firm share it; otherwise it is the caller's own"`
}

// SessionKind is the kind of program that signs in. It is empty if the program doesn't say.
type SessionKind string

const (
	DesktopSession SessionKind = "desktop" // for users
	BrowserSession SessionKind = "browser" // for participants
)

// Session is a device that is signed in or, for admins, one that was and may still have a copy.
type Session struct {
	ID        string      `json:"id"`
	Device    string      `json:"device"`
	Kind      SessionKind `json:"kind" enum:",desktop,browser"`
	CreatedAt int64       `json:"created_at"`
	UsedAt    int64       `json:"used_at" doc:"when it was last used, to an hour"`
	Address   string      `json:"address" doc:"the IP address from which it was last used, or empty"`
	Current   bool        `json:"current" doc:"whether it is the caller's current session"`
	EndedAt   int64       `json:"ended_at,omitempty" doc:"for admins: when the session of a device ended that may still have its copy"`
	Erase     bool        `json:"erase,omitempty" doc:"whether the device of an ended session is to delete its copy"`
}

// PasskeyUse is what a page asks a user's passkey for.
type PasskeyUse string

const (
	PasskeyToSignIn  PasskeyUse = "sign-in"
	PasskeyToConfirm PasskeyUse = "confirm"
	PasskeyToAdd     PasskeyUse = "add" // a new one to the account
)

// Passkey is a passkey in the list of a person's own.
type Passkey struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	CreatedAt int64  `json:"created_at"`
	UsedAt    int64  `json:"used_at" doc:"when it was last used, or 0"`
}

// UserAccount is a user in the list of the firm's users.
type UserAccount struct {
	ID     string `json:"id"`
	Email  string `json:"email"`
	Name   string `json:"name"`
	Admin  bool   `json:"admin"`
	Active bool   `json:"active"`
	// Alike reports whether another user's name looks the same, so that the email belongs beside it.
	Alike bool `json:"alike,omitempty" doc:"whether another user's name looks the same"`
	// TwoStep reports whether they use two-step verification.
	TwoStep bool `json:"two_step,omitempty" doc:"whether they use two-step verification; for admins only"`
	// Linked reports whether they have signed in with the firm's own account, so that no other account gets in as them.
	Linked bool `json:"linked,omitempty" doc:"whether they have signed in with the firm's own account; for admins only"`
}

// AuditEntry records who did what, and from where.
type AuditEntry struct {
	Number  int64         `json:"number" doc:"the entry's place in the audit trail, from 1 without gaps"`
	ID      string        `json:"id"`
	At      int64         `json:"at"`
	Account string        `json:"account"`
	Action  string        `json:"action" example:"matter.assign"`
	Matter  string        `json:"matter" doc:"or empty"`
	Subject string        `json:"subject" doc:"the id of the person or thing that was changed, or empty"`
	Changes []AuditChange `json:"changes" nullable:"false"`
	Address string        `json:"address" doc:"the client's IP address; empty for commands on the portal's machine"`
	Device  string        `json:"device" doc:"the device's name, or empty"`
	// Previous and Hash chain the entries.
	Previous string `json:"previous" doc:"the previous entry's hash, empty in the first entry"`
	Hash     string `json:"hash" doc:"SHA-256, in hexadecimal, of this JSON object up to the property previous"`
	Name     string `json:"name" doc:"the account's name today"`
}

// AuditChange is one changed value. Values that are someone's secret or a message's text are left out.
type AuditChange struct {
	Field string `json:"field" example:"title"`
	From  string `json:"from" doc:"empty if there was none"`
	To    string `json:"to" doc:"empty if there is none now"`
}

// The actions in an Activity.
const (
	ViewMatter   = "matter.view" // by an admin whose matter it isn't
	ExportMatter = "matter.export"
	ExportChat   = "chat.export"
)

// Activity is what a user did in the copy on their device that belongs in the audit trail.
type Activity struct {
	ID          string `json:"id" doc:"a UUIDv7, made by the device"`
	Action      string `json:"action" doc:"matter.view (by an admin whose matter it isn't), matter.export or chat.export"`
	Matter      string `json:"matter"`
	Participant string `json:"participant,omitempty" doc:"with chat.export: the chat"`
	At          int64  `json:"at" doc:"by the device's clock"`
}

// StatusResult says whether a message became the current status.
type StatusResult string

const (
	StatusSet        StatusResult = "set"
	StatusSuperseded StatusResult = "superseded" // the current status isn't the one its writer saw
)
