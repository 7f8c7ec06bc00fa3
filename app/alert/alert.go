// Package alert decides who gets which alerts for the new messages in each chat, and which of them the system
// shows as notifications. Alerts are derived and never stored, so the bar, the tray, the window badge and the
// notifications can't disagree.
package alert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"matterline/app/chat"
)

// Alert says that a chat has something new for the user. There is one per chat, not one per message.
type Alert struct {
	Matter      string `json:"matter"`
	Reference   string `json:"reference"`
	Title       string `json:"title"`
	Participant string `json:"participant"`
	Name        string `json:"name"`
	// Text, At and Version are the newest unread message's. Text begins with the author's name if a colleague wrote it.
	// Count is the number of unread messages.
	Text    string `json:"text"`
	At      int64  `json:"at"`
	Version int64  `json:"version"`
	Count   int    `json:"count"`
}

// Due returns a user's alerts, the newest first. Only the matter's assigned user has alerts, and only for messages
// that they didn't write and haven't read.
func Due(user string, news []chat.UnreadChat) []Alert {
	alerts := []Alert{}
	for _, n := range news {
		if n.Assigned != user || n.Unread == 0 || n.Newest.Author == user {
			continue
		}
		text := chat.Line(n.Newest.Text)
		if n.Colleague != "" {
			text = chat.Line(n.Colleague) + ": " + text
		}
		alerts = append(alerts, Alert{
			Matter: n.Matter, Reference: chat.Line(n.Reference), Title: chat.Line(n.Title), Participant: n.Participant, Name: chat.Line(n.Name),
			Text: text, At: n.Newest.SentAt, Version: n.Newest.Version, Count: n.Unread,
		})
	}
	slices.SortFunc(alerts, func(a, b Alert) int {
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(a.Participant, b.Participant))
	})
	return alerts
}

// Unread returns the number of unread messages behind the alerts.
func Unread(alerts []Alert) (n int) {
	for _, a := range alerts {
		n += a.Count
	}
	return n
}

// Limits hold notifications back.
type Limits struct {
	// CatchingUp holds all notifications until the copy is complete.
	CatchingUp bool
	// InSight is the chat that is open in the focused window, or empty.
	InSight string
	// Notified is the version up to which each chat's messages have been considered for a notification.
	Notified map[string]int64
	// Muted suppresses notifications. Messages that arrive now get none later, either. The bar and the tray still show
	// their alerts.
	Muted bool
	// NoPreview shows the matter's reference instead of names and text.
	NoPreview bool
}

// Notification is what the operating system displays.
type Notification struct {
	Title, Body string
	// Account is the key of the account it belongs to.
	Account string
	// Matter and Participant name the chat that a click opens. They are empty for a summary.
	Matter, Participant string
}

// maxNotifications limits how many chats get a notification each. If more are due, one summary replaces them.
const maxNotifications = 5

// maxBody is the length of a notification's text in characters.
const maxBody = 180

// Notifications returns the notifications to show now, one per chat, and the new value of Limits.Notified.
func Notifications(alerts []Alert, limits Limits) (due []Notification, notified map[string]int64) {
	if limits.CatchingUp {
		return nil, nil
	}
	notified = map[string]int64{}
	messages := 0
	for _, a := range alerts {
		if a.Version <= limits.Notified[a.Participant] {
			continue
		}
		notified[a.Participant] = a.Version
		if limits.Muted || a.Participant == limits.InSight {
			continue
		}
		messages += a.Count
		n := Notification{Title: a.Name + " · " + a.Title, Body: shorten(a.Text), Matter: a.Matter, Participant: a.Participant}
		if limits.NoPreview {
			n.Title, n.Body = "Portal Chat", "New message in "+a.Reference
		}
		due = append(due, n)
	}
	if len(due) > maxNotifications {
		due = []Notification{{Title: "Portal Chat", Body: fmt.Sprintf("%d new messages in %d chats", messages, len(due))}}
	}
	return due, notified
}

func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxBody {
		return string(runes[:maxBody]) + "…"
	}
	return text
}

// Summary returns the alerts in one line, for the tray's tooltip.
func Summary(alerts []Alert) string {
	n := Unread(alerts)
	switch {
	case n == 0:
		return "Matterline: no new messages"
	case n == 1:
		return "Matterline: 1 new message from " + alerts[0].Name
	case len(alerts) == 1:
		return fmt.Sprintf("Matterline: %d new messages from %s", n, alerts[0].Name)
	}
	return fmt.Sprintf("Matterline: %d new messages in %d chats", n, len(alerts))
}
