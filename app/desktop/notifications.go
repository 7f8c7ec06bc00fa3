package desktop

import (
	"slices"
	"strings"
	"sync"

	"matterline/app/alert"
	"matterline/app/session"
)

// notifications pass the sessions' notifications on to the system. With several accounts they name the account, and tell
// of all accounts whose portals are away in one notification: a computer without a network loses all of them.
type notifications struct {
	system session.Notifications
	label  func(account string) string

	mu   sync.Mutex
	away map[string]away // by account
}

// away says why an account isn't connected.
type away struct{ label, note, problem string }

func newNotifications(system session.Notifications, label func(string) string) *notifications {
	return &notifications{system: system, label: label, away: map[string]away{}}
}

// Show implements session.Notifications.
func (n *notifications) Show(note alert.Notification) {
	label := ""
	if note.Account != "" {
		label = alert.Shorten(n.label(note.Account), alert.MaxFirm)
	}
	switch {
	case label == "":
		n.system.Show(note)
	case note.Topic == alert.ConnectionTopic:
		n.mu.Lock()
		defer n.mu.Unlock()
		n.away[note.Account] = away{label, strings.TrimPrefix(note.Title, session.AwayPrefix), note.Body}
		n.showAway()
	default:
		note.Title = label + " · " + note.Title
		n.system.Show(note)
	}
}

// KeepOnly implements session.Notifications.
func (n *notifications) KeepOnly(account string, topics ...string) {
	n.system.KeepOnly(account, topics...)
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, is := n.away[account]; is && !slices.Contains(topics, alert.ConnectionTopic) {
		delete(n.away, account)
		n.showAway()
	}
}

// showAway shows which accounts aren't connected, or withdraws the notification. n.mu must be held.
func (n *notifications) showAway() {
	if len(n.away) == 0 {
		n.system.KeepOnly("", alert.ProblemTopic)
		return
	}
	var all []away
	for _, one := range n.away {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b away) int { return strings.Compare(a.label, b.label) })
	first := all[0]
	note := alert.Notification{Title: first.label + " · " + first.note, Body: first.problem, Topic: alert.ConnectionTopic}
	if len(all) > 1 {
		note.Title, note.Body = describeAway(all)
		note.Title = session.AwayPrefix + note.Title
	}
	n.system.Show(note)
}

// describeAway says which accounts aren't connected: what is the same for all of them, and the accounts.
func describeAway(all []away) (note, accounts string) {
	same := !slices.ContainsFunc(all, func(one away) bool { return one.note != all[0].note })
	var parts []string
	for _, one := range all {
		part := one.label
		if !same {
			part += ": " + one.note
		}
		parts = append(parts, part)
	}
	if !same {
		return "Not connected", strings.Join(parts, "; ")
	}
	return all[0].note, strings.Join(parts, ", ")
}
