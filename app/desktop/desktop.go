// Package desktop is what the front end may call and hear, and the life of the window.
//
// The exported methods of App are what the front end calls, one file a subject; Wails makes their
// TypeScript (frontend/wailsjs). They answer from the replica and never wait for the network. What happens
// elsewhere reaches the front end as hints (events.go), after which it asks again. Run opens the window (window.go).
package desktop

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"matterline/app/alert"
	"matterline/app/chat"
)

// DemoFirm is a firm to try the app on, and how to sign in to its portal.
type DemoFirm struct {
	Address, Email, Password string
	Close                    func() error
}

// Options are what App is built of.
type Options struct {
	// Data is the folder in which everything lies.
	Data string
	// Version is which build this is.
	Version string
	// Demo starts the demo firm in a folder.
	Demo func(ctx context.Context, dir string) (DemoFirm, error)
	// Local makes and starts the portal on this computer.
	Local LocalPortals
	// StartDemo goes straight to the demo firm.
	StartDemo bool
	Toasts    Toasts
	// Autostart has the system start the app.
	Autostart Autostart
	Log       *slog.Logger
}

// Toasts shows toasts as well as the system can. Show and Keep may block.
type Toasts interface {
	// Show shows a toast, if it can be in place of the chat's last.
	Show(alert.Toast) error
	// Keep takes away the toasts of all chats but those of these participants.
	Keep(participants ...string)
	// OnClick sets who is told which toast was clicked.
	OnClick(func(alert.Toast))
}

// Autostart is whether the system starts the app when the user signs in to the computer.
type Autostart interface {
	On() (bool, error)
	Set(on bool) error
}

// App is what the front end calls.
type App struct {
	options Options
	tokens  tokens
	now     func() time.Time
	// emit sends an event to the front end; tray shows the alerts there.
	emit func(event Event, matters ...string)
	tray trayIcon
	// saveAs asks the user for a file to save in, offering a name. It is empty where they want none.
	saveAs func(name string) (string, error)
	// grace is how long the portal may be away before a toast says so: a laptop that wakes needs a moment.
	grace time.Duration
	// undo is how long a message can be undone before it leaves.
	undo time.Duration

	// opening holds back a second sign-in while one is under way.
	opening sync.Mutex
	mu      sync.Mutex
	session *session
	leave   context.CancelFunc // ends the sign-in that is under way
	way     Session            // how the way in stands, while there is no session
	demo    *DemoFirm
	local   *LocalPortal
	inSight string
	// chatToOpen is the chat that the user clicked outside the window, until the front end takes it.
	chatToOpen ChatAddress
	opened     int // sessions

	settings struct {
		sync.Mutex
		now *SettingsNow // once they have been read
	}
	recent recent
}

// trayIcon shows in the tray the alerts, a note on how the app stands, and whether toasts are paused.
type trayIcon interface {
	Show(alerts []alert.Alert, note string, paused bool)
}

type noTray struct{}

func (noTray) Show([]alert.Alert, string, bool) {}

func newApp(options Options) *App {
	if options.Autostart == nil {
		options.Autostart = program(options.Data)
	}
	recent := newRecent(options.Log.Handler())
	options.Log = slog.New(recent)
	return &App{
		options: options,
		recent:  recent,
		tokens:  tokens{dir: options.Data},
		now:     time.Now,
		emit:    func(Event, ...string) {},
		tray:    noTray{},
		saveAs:  func(string) (string, error) { return "", nil },
		grace:   20 * time.Second,
		undo:    5 * time.Second,
		way:     Session{State: "starting"},
	}
}

// current is the open session. It returns signed_out.
func (a *App) current() (*session, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.session == nil {
		return nil, chat.ErrSignedOut
	}
	return a.session, nil
}

// failure is what the front end is told of err, as JSON: Wails hands on no more than a text. What is ours
// goes to the log.
func (a *App) failure(err error) any {
	text, _ := json.Marshal(a.told(err)) // strings: never fails
	return string(text)
}

func (a *App) told(err error) *chat.Error {
	var e *chat.Error
	if errors.As(err, &e) {
		if s, gone := a.current(); e.Code == chat.Damaged && gone == nil {
			a.mend(s)
		}
		return e
	}
	a.options.Log.Error("window", "error", err)
	return chat.Errorf(chat.Internal, "", "Something went wrong in Matterline. Nothing you typed is lost; please try again.")
}
