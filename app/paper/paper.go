// Package paper puts a chat, or every chat of a matter, on paper for the firm's file: as a PDF to read, print
// and search, and as JSON for programs (json.go).
//
// What is to be on it is a File, plain values that say no more than what was said, by whom, when, and who has
// read it. The pages are laid out in three layers: cover.go and content.go say what stands on them, page.go
// where, and setting.go makes lines of type of any text in any script, with go-text, which has no PDF. Beneath
// them pdf.go writes the objects of a PDF as they come, so that a long file takes little memory, and glyphs.go
// draws each glyph once: the libraries that write PDF cannot be given the glyphs that a script's rules ask for.
//
// The package reads no files and asks no clock. Which fonts the computer has is found by paper/systemfonts.
package paper

import (
	"slices"
	"time"
)

// File is what was said in a matter, or in one chat of it, as one computer had it at one time.
type File struct {
	Firm   string    `json:"firm"`
	MadeBy string    `json:"made_by"` // a user's name
	MadeAt time.Time `json:"made_at"`
	// AsOf is when the computer was last known to have everything; zero: never.
	AsOf   time.Time `json:"as_of,omitzero"`
	Matter Matter    `json:"matter"`
	// Whole says that it holds every chat of the matter.
	Whole bool   `json:"whole"`
	Chats []Chat `json:"chats"`
}

// Matter is what the file says of the matter itself.
type Matter struct {
	ID           string    `json:"id"`
	Reference    string    `json:"reference"`
	Title        string    `json:"title"`
	Type         string    `json:"type"`
	OpenedAt     time.Time `json:"opened_at,omitzero"`
	ClosedAt     time.Time `json:"closed_at,omitzero"` // zero while it is open
	AssignedName string    `json:"assigned_name"`
}

// Chat is everything that was said between the firm and one participant.
type Chat struct {
	Participant string `json:"participant"` // their id
	Name        string `json:"name"`
	Role        string `json:"role"`
	OtherSide   bool   `json:"other_side"`
	Joined      bool   `json:"joined"`  // they have signed in at least once
	Removed     bool   `json:"removed"` // their access has ended
	// Messages are in the order in which they stand in the chat, those that are not sent last.
	Messages []Message `json:"messages"`
	// Statuses are the times in which a message was the current status, the oldest first.
	Statuses []Status `json:"statuses"`
	Reads    []Read   `json:"reads"`
}

// Delivery is how far a message has come.
type Delivery string

const (
	Sent    Delivery = "sent"
	Waiting Delivery = "waiting" // on the computer that made the file; the portal does not have it
	Refused Delivery = "refused" // by the portal, for a reason
)

// Message is one message.
type Message struct {
	ID              string    `json:"id"`
	Author          string    `json:"author"` // an id
	AuthorName      string    `json:"author_name"`
	FromParticipant bool      `json:"from_participant"`
	SentAt          time.Time `json:"sent_at,omitzero"` // by the portal's clock; zero while it is not sent
	WrittenAt       time.Time `json:"written_at"`       // by the clock of the device it was written on
	Text            string    `json:"text"`
	Delivery        Delivery  `json:"delivery"`
	Reason          string    `json:"reason,omitempty"` // why it was refused
	// AsksStatus says that it is to be the current status when it is sent.
	AsksStatus bool `json:"asks_status,omitempty"`
}

// wroteEarlier says that a message was written so long before it was sent that the reader should know.
func (m Message) wroteEarlier() bool {
	return m.Delivery == Sent && m.SentAt.Sub(m.WrittenAt).Abs() > 5*time.Minute
}

// at is when a message was sent or, while it is not, written.
func (m Message) at() time.Time {
	if m.Delivery == Sent {
		return m.SentAt
	}
	return m.WrittenAt
}

// Status is a time in which a message was the current status.
type Status struct {
	Message   string    `json:"message"` // its id
	Text      string    `json:"text"`
	SetByName string    `json:"set_by_name"`
	SetAt     time.Time `json:"set_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"` // zero while it stands
}

// Read is how far somebody has read a chat.
type Read struct {
	Reader          string    `json:"reader"` // an id
	ReaderName      string    `json:"reader_name"`
	FromParticipant bool      `json:"from_participant"`
	Upto            string    `json:"upto"` // the id of the newest message they have read
	At              time.Time `json:"at,omitzero"`
}

// unread is how many sent messages of a chat come after the one that a reader has read, their own aside.
func (c Chat) unread(r Read) (n int) {
	from := slices.IndexFunc(c.Messages, func(m Message) bool { return m.ID == r.Upto })
	for _, m := range c.Messages[from+1:] {
		if m.Delivery == Sent && m.Author != r.Reader {
			n++
		}
	}
	return n
}
