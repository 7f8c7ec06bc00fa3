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
	// Account is the key of the account that it belongs to. Firm names that account, if there are several.
	Account     string `json:"account"`
	Firm        string `json:"firm"`
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
	// Reminder is when the chat's reminder was due, or 0. If Count is 0, there is nothing unread, and Text, At and Version
	// are the newest message's.
	Reminder int64 `json:"reminder"`
	// Message is the newest unread message.
	Message string `json:"-"`
	// Ended means that nothing can be written in the chat.
	Ended bool `json:"-"`
	// CoverFor is the name of the assigned user if the user gets the alert because they cover for them. Otherwise it is empty.
	CoverFor string `json:"cover_for"`
}

// Due returns a user's alerts, the newest first. Only the matter's assigned user and the colleague who covers for them have
// alerts, and only for messages that they didn't write and haven't read. Everyone has those that they asked for with a
// reminder.
func Due(user string, news []chat.UnreadChat, covers []chat.Cover) []Alert {
	alerts := []Alert{}
	for _, n := range news {
		covering, gets := reason(user, n, covers)
		if !gets || n.Newest.Author == user {
			n.Unread = 0
		}
		if n.Unread == 0 && n.ReminderAt == 0 {
			continue
		}
		text := chat.Line(n.Newest.Text)
		switch {
		case n.Newest.Author == user:
			text = "You: " + text
		case n.Colleague != "":
			text = chat.Line(n.Colleague) + ": " + text
		}
		alerts = append(alerts, Alert{
			Matter: n.Matter, Reference: chat.Line(n.Reference), Title: chat.Line(n.Title), Participant: n.Participant, Name: chat.Line(n.Name),
			Text: text, At: max(n.Newest.SentAt, n.ReminderAt), Reminder: n.ReminderAt, Version: n.Newest.Version, Count: n.Unread, CoverFor: chat.Line(covering.Name),
			Message: n.Newest.ID, Ended: n.Ended,
		})
	}
	Sort(alerts)
	return alerts
}

// reminders returns the number of alerts without unread messages.
func reminders(alerts []Alert) (n int) {
	for _, a := range alerts {
		if a.Count == 0 {
			n++
		}
	}
	return n
}

// reason reports whether a user gets the alert of a chat: as the assigned user, or as the one who covers for them.
func reason(user string, n chat.UnreadChat, covers []chat.Cover) (covering chat.Cover, gets bool) {
	for _, c := range covers {
		if c.Account != n.Assigned || !c.At(n.Newest.SentAt) {
			continue
		}
		if c.By == user {
			return c, true
		}
		if c.Account == user && c.Alone && (c.ByAdmin || slices.Contains(n.Team, c.By)) {
			return chat.Cover{}, false
		}
	}
	return chat.Cover{}, n.Assigned == user
}

// Sort sorts alerts, perhaps of several accounts: the newest first.
func Sort(alerts []Alert) {
	slices.SortFunc(alerts, func(a, b Alert) int {
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(a.Participant, b.Participant), cmp.Compare(a.Account, b.Account))
	})
}

// Unread returns the number of unread messages behind the alerts.
func Unread(alerts []Alert) (n int) {
	for _, a := range alerts {
		n += a.Count
	}
	return n
}

// TrayContent is what the icon in the tray shows.
type TrayContent struct {
	Alerts []Alert
	// Note says what is wrong or different, such as "Offline".
	Note string
	// Away says that the portal is away, and SignedOut that the user is signed out.
	Away, SignedOut bool
	// Paused says that notifications are paused.
	Paused bool
	// NoPreview shows references instead of names.
	NoPreview bool
}

// maxLine is the length of an alert's line in a menu, in characters.
const maxLine = 60

// MaxFirm is the length of an account's name beside an alert, in characters.
const MaxFirm = 40

// Line returns an alert in one line, for the tray's menu.
func (a Alert) Line(noPreview bool) string {
	line := Shorten(a.Name+": "+a.Title, maxLine)
	if noPreview {
		line = a.Reference
	}
	return line + a.atFirm()
}

// atFirm is what a line about the alert ends with.
func (a Alert) atFirm() string {
	if a.Firm == "" {
		return ""
	}
	return " · " + Shorten(a.Firm, MaxFirm)
}

// Summary returns the alerts in one line, for the tray's tooltip.
func Summary(alerts []Alert, noPreview bool) string {
	from := ""
	if len(alerts) == 1 {
		from = " from " + Shorten(alerts[0].Name, maxLine)
		if alerts[0].Count == 0 {
			from = ": " + Shorten(alerts[0].Name, maxLine)
		}
		if noPreview {
			from = " in " + alerts[0].Reference
		}
		from += alerts[0].atFirm()
	}
	var parts []string
	switch n := Unread(alerts); {
	case n == 1:
		parts = []string{"1 new message" + from}
	case n > 1 && from != "":
		parts = []string{fmt.Sprintf("%d new messages%s", n, from)}
	case n > 1:
		parts = []string{fmt.Sprintf("%d new messages in %d chats", n, len(alerts)-reminders(alerts))}
	case len(alerts) == 0:
		parts = []string{"no new messages"}
	}
	switch n := reminders(alerts); {
	case n == 1:
		parts = append(parts, "1 reminder"+from)
	case n > 1:
		parts = append(parts, fmt.Sprintf("%d reminders", n))
	}
	return "Matterline: " + strings.Join(parts, ", ")
}
