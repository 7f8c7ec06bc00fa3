// Package chat is the ground of the house: the words of Matterline as types, and the rules that need
// nothing but them. What a valid message is (text.go), who may see what (access.go), and how it is said
// that something cannot be done (errors.go).
//
// A chat is all messages between the firm and one participant in one matter, so a chat is named by its
// participant's id. Every matter has a version, bumped with each change to anything in it; each row
// carries the version of its last change. Times are integer milliseconds UTC.
//
// The types carry JSON names because they are also what travels between portal and replica: the same
// row means the same thing on both sides.
package chat

// Matter is the firm's case or file.
type Matter struct {
	ID        string `json:"id"`
	Reference string `json:"reference" doc:"the firm's file number" example:"2026-0147"`
	Title     string `json:"title" example:"Okafor: purchase of 14 Elm Street"`
	Type      string `json:"type,omitempty" doc:"area of practice; for users only" example:"Conveyancing"`
	OpenedAt  int64  `json:"opened_at,omitempty" doc:"for users only"`
	ClosedAt  int64  `json:"closed_at,omitempty" doc:"0 while it is open; nothing is written in a closed matter"`
	// Assigned is the one user the matter is assigned to; its alerts are theirs alone.
	Assigned string   `json:"assigned,omitempty" doc:"the assigned user's id; for users only"`
	Team     []string `json:"team,omitempty" nullable:"false" doc:"ids of the other users who may open the matter; for users only"`
	Version  int64    `json:"version" doc:"of the last change to this row"`
}

// Participant is a person outside the firm on a matter's portal, and names the chat with them.
type Participant struct {
	ID        string `json:"id"`
	Matter    string `json:"matter"`
	Name      string `json:"name" example:"Ana Okafor"`
	Role      string `json:"role" example:"Client"`
	OtherSide bool   `json:"other_side" doc:"whether they stand on the other side of the matter"`
	Joined    bool   `json:"joined" doc:"whether they have ever signed in to this matter"`
	Removed   bool   `json:"removed,omitempty" doc:"whether their access has ended; their chat stays"`
	// InvitedUntil is until when the link works by which they can join; 0 if there is none.
	InvitedUntil int64 `json:"invited_until,omitempty" doc:"until when the link works by which they can join; for users only"`
	Version      int64 `json:"version"`
}

// User is somebody of the firm who signs in to the desktop app.
type User struct {
	ID   string `json:"id"`
	Name string `json:"name" example:"Maya Hart"`
}

// Message is one text in a chat.
type Message struct {
	ID          string `json:"id" doc:"UUIDv7, made by the device that wrote it"`
	Participant string `json:"participant" doc:"the chat"`
	Author      string `json:"author" doc:"a user's id, or the participant's own"`
	Text        string `json:"text"`
	WrittenAt   int64  `json:"written_at" doc:"the writing device's clock"`
	SentAt      int64  `json:"sent_at" doc:"the portal's clock; what people see"`
	Version     int64  `json:"version"`
}

// FromParticipant reports whether the participant wrote m, rather than the firm.
func (m Message) FromParticipant() bool { return m.Author == m.Participant }

// Status is one period in which a message stood as its chat's current status.
type Status struct {
	ID          string `json:"id"`
	Participant string `json:"participant"`
	Message     string `json:"message" doc:"the message that is the status"`
	Text        string `json:"text"`
	SetBy       string `json:"set_by" doc:"a user's id"`
	SetAt       int64  `json:"set_at"`
	EndedAt     int64  `json:"ended_at" doc:"0 while it stands"`
	Version     int64  `json:"version"`
}

// Read is a read mark: how far one reader has read one chat. It only ever moves forward.
type Read struct {
	Participant string `json:"participant" doc:"the chat"`
	Reader      string `json:"reader" doc:"a user's id, or the participant's own"`
	Upto        int64  `json:"upto" doc:"the version of the newest message that was read"`
	At          int64  `json:"at" doc:"when the mark last moved, by the portal's clock"`
	Version     int64  `json:"version"`
}

// Changes are the rows of one matter that changed after one version, up to another, each whole, as one
// caller may see them. Applying the same changes twice changes nothing.
type Changes struct {
	Matter  string `json:"matter"`
	After   int64  `json:"after" doc:"the version these changes follow"`
	Version int64  `json:"version" doc:"the version that has been reached when they are applied"`
	More    bool   `json:"more" doc:"there are further changes after version"`

	Info         *Matter       `json:"info,omitempty" doc:"the matter itself, if it changed"`
	Users        []User        `json:"users,omitempty" nullable:"false" doc:"the users that the rows speak of"`
	Participants []Participant `json:"participants,omitempty" nullable:"false"`
	Messages     []Message     `json:"messages,omitempty" nullable:"false"`
	Statuses     []Status      `json:"statuses,omitempty" nullable:"false"`
	Reads        []Read        `json:"reads,omitempty" nullable:"false"`
}

// Head is where one matter stands: the newest version of anything in it that the caller may see.
type Head struct {
	Matter  string `json:"matter"`
	Version int64  `json:"version"`
	// What comes first when there is much to pull.
	Mine     bool  `json:"mine,omitempty" doc:"whether it is assigned to the caller"`
	ActiveAt int64 `json:"active_at,omitempty" doc:"when the newest message was sent; for users only"`
}

// Kind is what a thing in the outbox asks for.
type Kind string

const (
	SayMessage   Kind = "message"
	SetStatus    Kind = "status"
	AssignMatter Kind = "assign"
)

// Unsent is one thing in the outbox: said on this device, and not yet confirmed by the portal.
type Unsent struct {
	ID          string
	Kind        Kind
	Matter      string
	Participant string // empty with AssignMatter
	WrittenAt   int64

	Text      string  // with SayMessage
	SetStatus bool    // with SayMessage: make it the current status as well
	Message   string  // with SetStatus: what is to be the current status; empty takes it down
	SawStatus *string // the message that its writer saw as the current status, empty for none
	Assigned  string  // with AssignMatter: the user
}

// News is what a chat holds that one user has not read and did not write.
type News struct {
	Matter, Reference, Title string
	// Assigned is the matter's assigned user.
	Assigned          string
	Participant, Name string
	Unread            int
	// Newest is the newest unread message.
	Newest Message
}

// Reply is a text that is often sent, to be inserted. In it {first name}, {matter} and {reference} stand for
// what they say.
type Reply struct {
	ID    string `json:"id" doc:"a UUID, made by the device that saves it first"`
	Title string `json:"title" example:"Funds received"`
	Text  string `json:"text"`
	Firm  bool   `json:"firm" doc:"for every user of the firm; otherwise the caller's own"`
}

// Session is one device that is signed in.
type Session struct {
	ID        string `json:"id"`
	Device    string `json:"device"`
	CreatedAt int64  `json:"created_at"`
	Current   bool   `json:"current" doc:"whether it is the one that asks"`
}

// UserAccount is a user as the firm's users list them.
type UserAccount struct {
	ID     string `json:"id"`
	Email  string `json:"email"`
	Name   string `json:"name"`
	Admin  bool   `json:"admin"`
	Active bool   `json:"active"`
}

// AuditEntry says who did what.
type AuditEntry struct {
	ID      string `json:"id"`
	At      int64  `json:"at"`
	Account string `json:"account"`
	Name    string `json:"name" doc:"the account's"`
	Action  string `json:"action" example:"matter.assign"`
	Matter  string `json:"matter" doc:"or empty"`
	Subject string `json:"subject" doc:"whom or what it was done to: an id, or empty"`
}

// StatusResult says what became of a message that was to be the current status.
type StatusResult string

const (
	StatusSet        StatusResult = "set"
	StatusSuperseded StatusResult = "superseded" // another stands than the one its writer saw
)
