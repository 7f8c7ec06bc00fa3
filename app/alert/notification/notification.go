// Package notification shows alerts as notifications of the operating system: on Linux with the desktop's notification
// service, on Windows with the Windows Runtime, and on macOS with beeep. People's text never passes through a shell.
package notification

import (
	"log/slog"
	"sync"
	"time"

	"matterline/app/alert"
)

// Notifications shows and withdraws notifications in the background, so that a notification service that hangs holds up
// nothing. While one hangs, only the latest notification on each topic waits.
type Notifications struct {
	service *service
	log     *slog.Logger

	mu      sync.Mutex
	wanted  map[topic]alert.Notification  // shown, or about to be
	waiting map[topic]*alert.Notification // for the service. nil withdraws the topic's notification.
	order   []topic                       // of what waits
	working chan struct{}                 // closed when nothing waits any more. nil if nothing waits.
}

// topic is an account's topic.
type topic struct{ account, name string }

// New shows notifications with an icon, a PNG.
func New(icon []byte, log *slog.Logger) *Notifications {
	n := &Notifications{log: log, wanted: map[topic]alert.Notification{}, waiting: map[topic]*alert.Notification{}}
	n.service = newService(icon)
	return n
}

// OnResponse sets a function that is called with what the user did with a notification. Call it before the first Show.
func (n *Notifications) OnResponse(f func(alert.Response)) { n.service.respond = f }

// Show shows a notification, in place of the topic's last one where the system can. It returns at once.
func (n *Notifications) Show(note alert.Notification) {
	n.mu.Lock()
	defer n.mu.Unlock()
	t := topic{note.Account, note.Topic}
	n.wanted[t] = note
	n.enqueue(t, &note)
}

// KeepOnly withdraws an account's notifications on all topics but these, where the system can. It returns at once.
func (n *Notifications) KeepOnly(account string, topics ...string) {
	keep := make(map[string]struct{}, len(topics))
	for _, name := range topics {
		keep[name] = struct{}{}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for t := range n.wanted {
		if _, kept := keep[t.name]; t.account == account && !kept {
			delete(n.wanted, t)
			n.enqueue(t, nil)
		}
	}
}

// enqueue needs the lock.
func (n *Notifications) enqueue(t topic, note *alert.Notification) {
	if _, waits := n.waiting[t]; !waits {
		n.order = append(n.order, t)
	}
	n.waiting[t] = note
	if n.working == nil {
		n.working = make(chan struct{})
		go n.work()
	}
}

// work does what waits, one call at a time.
func (n *Notifications) work() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(n.order) > 0 {
		t := n.order[0]
		note := n.waiting[t]
		n.order = n.order[1:]
		delete(n.waiting, t)
		n.mu.Unlock()
		if note == nil {
			n.service.withdraw(t)
		} else if err := n.service.show(t, *note); err != nil {
			n.log.Info("show notification", "error", err)
		}
		n.mu.Lock()
	}
	close(n.working)
	n.working = nil
}

// Close gives the last notifications a moment to be withdrawn. It never waits longer for a service that hangs.
func (n *Notifications) Close(moment time.Duration) {
	n.mu.Lock()
	working := n.working
	n.mu.Unlock()
	if working == nil {
		return
	}
	select {
	case <-working:
	case <-time.After(moment):
	}
}
