package alert

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rivo/uniseg"
)

// Notification is what the operating system displays.
type Notification struct {
	Title, Body string
	// Account is the key of the account it belongs to.
	Account string
	// Topic is a chat's participant, or one of the topics below. An account's next notification on a topic replaces its
	// last.
	Topic string
	// Matter and Participant name the chat that a click opens. They are empty if it concerns several chats or none.
	Matter, Participant string
	// Message is the newest message that it shows, with its version. They are empty if it shows no chat's messages.
	Message string
	Version int64
	// CanReply means that the user may answer in the notification.
	CanReply bool
}

// MarksRead reports whether the user may mark the chat as read in the notification.
func (n Notification) MarksRead() bool { return n.Message != "" }

// Response is what the user did with a notification.
type Response struct {
	Notification
	Action Action
	// Text is a reply's.
	Text string
}

// Action is what a user can do with a notification.
type Action string

// The actions.
const (
	Open     Action = "open"
	MarkRead Action = "read"
	Reply    Action = "reply"
)

// The words on notifications. None of them contains a name.
const (
	MarkReadLabel = "Mark as read"
	ReplyLabel    = "Reply"
	ReplyBox      = "Enter message"
)

// Topics of notifications that aren't a chat's.
const (
	SummaryTopic    = "summary"    // several chats have new messages
	ConnectionTopic = "connection" // the portal is away, or the user is signed out
	ProblemTopic    = "problem"    // something is wrong with this computer's files
)

// Limits hold notifications back.
type Limits struct {
	// CatchingUp holds all notifications until the copy is complete.
	CatchingUp bool
	// InSight is the chat that is open in the focused window, or empty.
	InSight string
	// Notified is the version up to which each chat's messages have been considered for a notification, and under
	// reminderKey the time of its last reminder that was.
	Notified map[string]int64
	// Muted suppresses notifications. Messages that arrive now get none later, either. The bar and the tray still show
	// their alerts.
	Muted bool
	// HeldUntil is when the pause or the quiet hours end that hold notifications back, or zero. When they have ended, one
	// notification says how many chats have something new.
	HeldUntil time.Time
	// NoPreview shows the matter's reference instead of names and text.
	NoPreview bool
}

// Quiet reports whether no notifications are shown now.
func (l Limits) Quiet() bool { return l.Muted || l.held() }

func (l Limits) held() bool { return !l.HeldUntil.IsZero() }

// Notifier decides which notifications an account's alerts get. The zero value is ready. There is one per account.
type Notifier struct {
	// Budget is what the accounts of a computer share. It is made if there is none.
	Budget *Budget
	// summarized holds the chats that only the summary tells of.
	summarized map[string]struct{}
	held       bool // by Limits.HeldUntil
}

// Budget limits how many chats get a notification of their own, over all accounts. The zero value is ready.
type Budget struct {
	mu    sync.Mutex
	shown []time.Time // when the last chats were notified of, each on its own
}

// At most maxNotifications chats get a notification of their own in each period of burst. Their account's summary tells
// of the others.
const (
	maxNotifications = 5
	burst            = 30 * time.Second
)

// The most characters in a notification, as people count them. Services cut longer texts, some in the middle of one.
const (
	maxTitle = 120
	maxBody  = 180
	maxBytes = 32 // a character, on average: one letter can carry any number of accents
)

// reminderKey names a chat's reminder in Limits.Notified.
func reminderKey(participant string) string { return "reminder " + participant }

// Notifications returns the notifications to show now and the new value of Limits.Notified.
func (n *Notifier) Notifications(alerts []Alert, limits Limits, now time.Time) (due []Notification, notified map[string]int64) {
	if limits.CatchingUp {
		return nil, nil
	}
	notified = map[string]int64{}
	for _, a := range alerts {
		reminder := reminderKey(a.Participant)
		isNew, reminds := a.Count > 0 && a.Version > limits.Notified[a.Participant], a.Reminder > limits.Notified[reminder]
		if !isNew && !reminds {
			continue
		}
		unwanted := limits.Muted || a.Participant == limits.InSight
		if limits.held() && !unwanted { // the digest counts it
			continue
		}
		if isNew {
			notified[a.Participant] = a.Version
		}
		if reminds {
			notified[reminder] = a.Reminder
		}
		if unwanted {
			continue
		}
		title, secret := a.Name+" · "+a.Title, "New message in "
		if !isNew {
			title, secret = "Reminder: "+title, "Reminder in "
		}
		note := Notification{Title: Shorten(title, maxTitle), Body: Shorten(a.Text, maxBody), Topic: a.Participant, Matter: a.Matter, Participant: a.Participant,
			Message: a.Message, Version: a.Version, CanReply: !a.Ended}
		if a.CoverFor != "" {
			note.Body = Shorten("For "+a.CoverFor+" · "+a.Text, maxBody)
		}
		if limits.NoPreview { // a reply could go to the wrong person
			note.Title, note.Body, note.CanReply = "Portal Chat", secret+a.Reference, false
		}
		due = append(due, note)
	}
	digest := n.held && !limits.held() && len(due) > 0
	n.held = limits.held()
	if n.Budget == nil {
		n.Budget = &Budget{}
	}
	if !digest && n.Budget.spend(len(due), now) {
		for _, note := range due {
			delete(n.summarized, note.Topic)
		}
		return due, notified
	}
	if n.summarized == nil {
		n.summarized = map[string]struct{}{}
	}
	for _, note := range due {
		n.summarized[note.Topic] = struct{}{}
	}
	if digest {
		return []Notification{digestOf(due)}, notified
	}
	return []Notification{n.summary(alerts)}, notified
}

// digestOf replaces the notifications that were held back. A click opens the chat if there is only one.
func digestOf(due []Notification) Notification {
	const held = "While notifications were paused: "
	if len(due) == 1 {
		return Notification{Title: "Portal Chat", Body: held + "1 chat has something new", Topic: SummaryTopic, Matter: due[0].Matter, Participant: due[0].Participant}
	}
	return Notification{Title: "Portal Chat", Body: fmt.Sprintf(held+"%d chats have something new", len(due)), Topic: SummaryTopic}
}

// spend reports whether so many chats can be notified of now, and counts them if they can.
func (b *Budget) spend(chats int, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shown = slices.DeleteFunc(b.shown, func(at time.Time) bool { return now.Sub(at) >= burst || at.After(now) })
	if len(b.shown)+chats > maxNotifications {
		return false
	}
	for range chats {
		b.shown = append(b.shown, now)
	}
	return true
}

// summary tells of the summarized chats that have alerts.
func (n *Notifier) summary(alerts []Alert) Notification {
	messages, chats := 0, 0
	for _, a := range alerts {
		if _, in := n.summarized[a.Participant]; in {
			messages += a.Count
			chats++
		}
	}
	body := fmt.Sprintf("%d new messages in %d chats", messages, chats)
	if chats == 1 {
		body = fmt.Sprintf("%d new messages in another chat", messages)
		if messages == 1 {
			body = "1 new message in another chat"
		}
	}
	return Notification{Title: "Portal Chat", Body: body, Topic: SummaryTopic}
}

// Topics returns the topics whose notifications are still true: the chats with alerts, and the summary until its chats
// have been read.
func (n *Notifier) Topics(alerts []Alert) []string {
	topics := make([]string, 0, len(alerts)+1)
	unread := map[string]struct{}{}
	for _, a := range alerts {
		topics = append(topics, a.Participant)
		unread[a.Participant] = struct{}{}
	}
	maps.DeleteFunc(n.summarized, func(participant string, _ struct{}) bool {
		_, is := unread[participant]
		return !is
	})
	if len(n.summarized) > 0 {
		topics = append(topics, SummaryTopic)
	}
	return topics
}

// Shorten makes one line of at most so many characters of a text. Emoji and flags stay whole.
func Shorten(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	graphemes := uniseg.NewGraphemes(text)
	for n := 0; graphemes.Next(); n++ {
		from, to := graphemes.Positions()
		if n == most || to > most*maxBytes {
			return text[:from] + "…"
		}
	}
	return text
}
