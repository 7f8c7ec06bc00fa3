// Package badge shows the number of new messages on the app's icon in the desktop's launcher.
package badge

import "log/slog"

// Badge is the number on the icon.
type Badge struct {
	log    *slog.Logger
	wanted chan content // holds the latest, until it is shown
}

// content is what the launcher shows.
type content struct {
	count  int
	urgent bool
}

// New returns the badge of the program with a .desktop file of this name.
func New(desktopFile string, log *slog.Logger) *Badge {
	b := &Badge{log: log, wanted: make(chan content, 1)}
	go b.run(desktopFile)
	return b
}

// Show shows a number, or nothing for 0. urgent asks for the user's attention. It returns at once, and must not be called
// twice at the same time.
func (b *Badge) Show(count int, urgent bool) {
	select {
	case <-b.wanted:
	default:
	}
	b.wanted <- content{count, urgent}
}
