// Package export writes a chat, or all chats of a matter, as a PDF to read, print and search, and as JSON for
// programs.
//
// A File holds the content. The PDF is laid out in three layers: the cover and the chats decide what appears, the pages
// decide where, and the typesetter turns text in any script into lines of glyphs, using go-text. Below them is our own
// PDF writer, because the PDF libraries can't draw glyphs by number, which shaped text needs. It writes objects as they
// are made, so a long file needs little memory.
//
// The package reads no files and no clock. The systemfonts package finds the computer's fonts.
package export

import (
	"slices"
	"time"
)

// File is the content of a matter, or of one of its chats, as a computer had it at one time.
type File struct {
	Firm   string    `json:"firm"`
	MadeBy string    `json:"made_by"` // a user's name
	MadeAt time.Time `json:"made_at"`
	// AsOf is when the computer last had everything from the portal; zero means never.
	AsOf   time.Time `json:"as_of,omitzero"`
	Matter Matter    `json:"matter"`
	// AllChats is true if Chats holds all chats of the matter.
	AllChats bool   `json:"whole"`
	Chats    []Chat `json:"chats"`
}

// Matter describes the matter.
type Matter struct {
	ID           string    `json:"id"`
	Reference    string    `json:"reference"`
	Title        string    `json:"title"`
	Type         string    `json:"type"`
	OpenedAt     time.Time `json:"opened_at,omitzero"`
	ClosedAt     time.Time `json:"closed_at,omitzero"` // zero for an open matter
	AssignedName string    `json:"assigned_name"`
}

// Chat is the chat with one participant.
type Chat struct {
	Participant string `json:"participant"` // their id
	Name        string `json:"name"`
	Role        string `json:"role"`
	OtherSide   bool   `json:"other_side"`
	Joined      bool   `json:"joined"`  // they have signed in at least once
	Removed     bool   `json:"removed"` // their access has ended
	// Messages are in the chat's order, with unsent messages last.
	Messages []Message `json:"messages"`
	// Statuses are the current and past statuses, oldest first.
	Statuses []Status   `json:"statuses"`
	Reads    []ReadMark `json:"reads"`
}

// Delivery says whether the portal has a message.
type Delivery string

const (
	Sent     Delivery = "sent"
	Waiting  Delivery = "waiting" // only on the computer that made the file
	Rejected Delivery = "refused" // rejected by the portal
)

// Message is one message of a chat.
type Message struct {
	ID              string    `json:"id"`
	Author          string    `json:"author"` // an id
	AuthorName      string    `json:"author_name"`
	FromParticipant bool      `json:"from_participant"`
	SentAt          time.Time `json:"sent_at,omitzero"` // by the portal's clock; zero for an unsent message
	WrittenAt       time.Time `json:"written_at"`       // by the clock of the author's device
	Text            string    `json:"text"`
	Delivery        Delivery  `json:"delivery"`
	Reason          string    `json:"reason,omitempty"` // why the portal rejected it
	// BecomesStatus is true if an unsent message becomes the current status once sent.
	BecomesStatus bool `json:"asks_status,omitempty"`
}

// sentLate reports whether a message was sent so long after it was written that the reader should know.
func (m Message) sentLate() bool {
	return m.Delivery == Sent && m.SentAt.Sub(m.WrittenAt).Abs() > 5*time.Minute
}

// time returns when a message was sent or, if it is unsent, written.
func (m Message) time() time.Time {
	if m.Delivery == Sent {
		return m.SentAt
	}
	return m.WrittenAt
}

// Status is a period in which a message was the current status.
type Status struct {
	Message   string    `json:"message"` // its id
	Text      string    `json:"text"`
	SetByName string    `json:"set_by_name"`
	SetAt     time.Time `json:"set_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"` // zero for the current status
}

// ReadMark is a reader's read mark in a chat.
type ReadMark struct {
	Reader          string    `json:"reader"` // an id
	ReaderName      string    `json:"reader_name"`
	FromParticipant bool      `json:"from_participant"`
	Upto            string    `json:"upto"` // the id of the newest message they have read
	At              time.Time `json:"at,omitzero"`
}

// unread counts the sent messages after a read mark, except the reader's own.
func (c Chat) unread(r ReadMark) (n int) {
	read := slices.IndexFunc(c.Messages, func(m Message) bool { return m.ID == r.Upto })
	for _, m := range c.Messages[read+1:] {
		if m.Delivery == Sent && m.Author != r.Reader {
			n++
		}
	}
	return n
}
