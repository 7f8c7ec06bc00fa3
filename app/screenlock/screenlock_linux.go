package screenlock

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"github.com/godbus/dbus/v5"

	"matterline/app/bus"
)

// Desktops say that the screen is locked by the session's hint in logind, on the system bus, or by a signal of their
// screen saver, whose interface begins with the desktop's name. Most do both.
const (
	logind        = "org.freedesktop.login1"
	session       = "org.freedesktop.login1.Session"
	ownSession    = "/org/freedesktop/login1/session/auto"
	activeChanged = "ActiveChanged"
)

// screen combines what the two say.
type screen struct {
	changed func(bool)

	mu            sync.Mutex
	hinted, saved bool // locked, as logind and the screen saver say
	locked        bool
}

func watch(log *slog.Logger, changed func(bool)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	s := &screen{changed: changed}
	follow := func(what string, f func(context.Context) error) {
		if err := f(ctx); err != nil {
			log.Info("watch the screen's lock", "of", what, "error", err)
		}
	}
	go follow("logind", s.followLogind)
	go follow("screen saver", s.followScreenSaver)
	return cancel
}

// set stores what one of the two says.
func (s *screen) set(which *bool, locked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*which = locked
	if now := s.hinted || s.saved; now != s.locked {
		s.locked = now
		s.changed(now)
	}
}

func (s *screen) followLogind(ctx context.Context) error {
	conn, signals, err := bus.System([]dbus.MatchOption{
		dbus.WithMatchSender(logind), dbus.WithMatchInterface("org.freedesktop.DBus.Properties"),
		dbus.WithMatchMember("PropertiesChanged"), dbus.WithMatchArg(0, session),
	})
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	ask := make(chan struct{}, 1)
	ask <- struct{}{}
	go func() {
		for range ask {
			if locked, err := lockedHint(ctx, conn); err == nil {
				s.set(&s.hinted, locked)
			}
		}
	}()
	defer close(ask)
	for range signals { // of all sessions, in any order: the own one is asked
		select {
		case ask <- struct{}{}:
		default:
		}
	}
	return nil
}

func lockedHint(ctx context.Context, conn *dbus.Conn) (locked bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, bus.Deadline)
	defer cancel()
	err = conn.Object(logind, ownSession).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, session, "LockedHint").Store(&locked)
	return locked, err
}

func (s *screen) followScreenSaver(ctx context.Context) error {
	conn, signals, err := bus.Session([]dbus.MatchOption{dbus.WithMatchMember(activeChanged)})
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	for signal := range signals {
		var active bool
		if strings.HasSuffix(signal.Name, ".ScreenSaver."+activeChanged) && dbus.Store(signal.Body, &active) == nil {
			s.set(&s.saved, active)
		}
	}
	return nil
}
