// Package alert is the rule of alerts: given what is new in each chat, who is told what, and when it is
// quiet. An alert is derived and never stored, so bar, tray, window badge and toast cannot disagree.
package alert

import (
	"fmt"
	"slices"
	"strings"

	"matterline/app/chat"
)

// Alert says: this chat has something new for you. There is one a chat, never one a message.
type Alert struct {
	Matter      string `json:"matter"`
	Reference   string `json:"reference"`
	Title       string `json:"title"`
	Participant string `json:"participant"`
	Name        string `json:"name"`
	// Text, At and Version are those of the newest unread message; Count is how many there are.
	Text    string `json:"text"`
	At      int64  `json:"at"`
	Version int64  `json:"version"`
	Count   int    `json:"count"`
}

// Due are a user's alerts, the newest first: only the matter's assigned user has any, and only for what
// they did not write and have not read.
func Due(user string, news []chat.News) []Alert {
	alerts := []Alert{}
	for _, n := range news {
		if n.Assigned != user || n.Unread == 0 || n.Newest.Author == user {
			continue
		}
		alerts = append(alerts, Alert{
			Matter: n.Matter, Reference: n.Reference, Title: n.Title, Participant: n.Participant, Name: n.Name,
			Text: n.Newest.Text, At: n.Newest.SentAt, Version: n.Newest.Version, Count: n.Unread,
		})
	}
	slices.SortFunc(alerts, func(a, b Alert) int {
		if a.At != b.At {
			return int(b.At - a.At)
		}
		return strings.Compare(a.Participant, b.Participant)
	})
	return alerts
}

// Unread is how many messages the alerts stand for.
func Unread(alerts []Alert) (n int) {
	for _, a := range alerts {
		n += a.Count
	}
	return n
}

// Quiet is what keeps a toast back.
type Quiet struct {
	// CatchingUp holds all toasts until the copy is complete.
	CatchingUp bool
	// InSight is the chat that is open in the focused window, if one is.
	InSight string
	// Toasted is up to which version the user was told of each chat.
	Toasted map[string]int64
	// Hushed: the user wants none now, nor later for what comes now. The bar and the tray show it.
	Hushed bool
	// NoPreview shows the matter's reference alone.
	NoPreview bool
}

// Toast is what the operating system is to show.
type Toast struct {
	Title, Body string
	// Matter and Participant are where a click leads; empty for a summary.
	Matter, Participant string
}

// maxToasts is how many chats are toasted one by one; for more there is one summary.
const maxToasts = 5

// maxBody is how many characters of a message a toast shows.
const maxBody = 180

// Toasts are the toasts to show now, one a chat, and up to which versions the user has then been told.
func Toasts(alerts []Alert, quiet Quiet) (toasts []Toast, told map[string]int64) {
	if quiet.CatchingUp {
		return nil, nil
	}
	told = map[string]int64{}
	messages := 0
	for _, a := range alerts {
		if a.Version <= quiet.Toasted[a.Participant] {
			continue
		}
		told[a.Participant] = a.Version
		if quiet.Hushed || a.Participant == quiet.InSight {
			continue
		}
		messages += a.Count
		toast := Toast{Title: a.Name + " · " + a.Title, Body: shorten(a.Text), Matter: a.Matter, Participant: a.Participant}
		if quiet.NoPreview {
			toast.Title, toast.Body = "Portal Chat", a.Reference
		}
		toasts = append(toasts, toast)
	}
	if len(toasts) > maxToasts {
		toasts = []Toast{{Title: "Portal Chat", Body: fmt.Sprintf("%d new messages in %d chats", messages, len(toasts))}}
	}
	return toasts, told
}

func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxBody {
		return string(runes[:maxBody]) + "…"
	}
	return text
}

// Summary is the alerts in a line, for the tray's tooltip.
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
