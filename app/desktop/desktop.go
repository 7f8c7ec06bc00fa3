// Package desktop is what the window's front end can call.
//
// The exported methods of App are bound to the front end by Wails, which generates their TypeScript (frontend/wailsjs).
// They answer from the replica and don't wait for the network, except where they say so. Other changes reach the front
// end as hints (see Event), after which it calls again. Only this package knows which session the window shows.
//
// Controls are for package window, which runs the app. The front end can't call them.
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
	"matterline/app/computer"
	"matterline/app/session"
)

// Options are what an App is made of.
type Options struct {
	// Data is the folder of everything that the app keeps.
	Data    string
	Version string
	// Demo starts the demo firm in a folder.
	Demo func(ctx context.Context, dir string) (DemoFirm, error)
	// Local creates and starts the portal on this computer.
	Local LocalPortals
	// StartDemo opens the demo firm at once.
	StartDemo     bool
	Notifications session.Notifications
	Autostart     computer.Autostart
	Log           *slog.Logger
}

// DemoFirm is a firm for trying the app, and how to sign in to its portal.
type DemoFirm struct {
	Address, Email, Password string
	Close                    func() error
}

// Window is what the app needs of its window.
type Window interface {
	// Emit sends an event to the front end.
	Emit(event Event, matters ...string)
	// ChooseFile asks the user where to save a file, and offers a name. It returns "" if they cancel.
	ChooseFile(name string) (path string, err error)
	// OpenBrowser opens an address in the system's browser. It may return only when the browser is closed.
	OpenBrowser(address string) error
	// Show brings the window to the front.
	Show()
	// SetUnread says how many messages are unread, and whether to ask for the user's attention.
	SetUnread(n int, urgent bool)
}

type noWindow struct{}

func (noWindow) Emit(Event, ...string)             {}
func (noWindow) ChooseFile(string) (string, error) { return "", nil }
func (noWindow) OpenBrowser(string) error          { return nil }
func (noWindow) Show()                             {}
func (noWindow) SetUnread(int, bool)               {}

// Tray is the icon in the system's tray.
type Tray interface {
	// Show returns at once.
	Show(alert.TrayContent)
}

// App is what the front end calls.
type App struct {
	options  Options
	log      *slog.Logger
	recent   computer.RecentLog
	settings *computer.SettingsFile
	accounts *computer.Accounts
	signOuts *computer.SignOuts
	erasures *computer.Erasures
	now      func() time.Time
	window   Window
	tray     tray
	sight    sight
	// grace and undo are passed to the sessions.
	grace, undo time.Duration

	notifications *notifications
	budget        alert.Budget

	// running ends when the app closes, which then waits for background, and for loops, which end with running.
	running    context.Context
	stop       context.CancelFunc
	background sync.WaitGroup
	loops      sync.WaitGroup
	// openAgain is how long an account that couldn't be opened waits.
	openAgain time.Duration

	// erased asks for the reports of erasures. eraseStep is called after each step of one, so that tests can end there.
	erased          chan struct{}
	sendingErasures sync.Mutex
	eraseStep       func(step string)

	mu           sync.Mutex
	open         map[string]*openAccount // by key
	shown        *openAccount            // in the window, or nil while that shows the start screen
	started      bool                    // all accounts have been opened, or couldn't be
	closing      bool                    // no more sessions may be opened
	opened       int                     // sessions since the app's start
	startScreen  Session                 // what the window shows while there is no session
	notices      []string                // see Session.Notice
	cancelSignIn context.CancelFunc
	demo         *DemoFirm
	local        *LocalPortal
	chatToOpen   ChatAddress // until the front end takes it
	linkProblem  string      // until the front end takes it
	link         string      // waits until the app has started
}

func newApp(o Options) *App {
	recent := computer.NewRecentLog(o.Log.Handler())
	o.Log = slog.New(recent)
	running, stop := context.WithCancel(context.Background())
	a := &App{
		open:     map[string]*openAccount{},
		options:  o,
		log:      o.Log,
		recent:   recent,
		settings: computer.NewSettingsFile(o.Data, o.Autostart, o.Log),
		accounts: computer.NewAccounts(o.Data, o.Log),
		signOuts: computer.NewSignOuts(o.Data, o.Log),
		erasures: computer.NewErasures(o.Data, o.Log),
		running:  running,
		stop:     stop,
		now:      time.Now,
		window:   noWindow{},
		grace:    20 * time.Second,
		undo:     5 * time.Second,
		erased:   make(chan struct{}, 1),

		startScreen: Session{State: "starting"},
		openAgain:   openAgainWait,
		eraseStep:   func(string) {},
	}
	a.notifications = newNotifications(o.Notifications, a.label)
	return a
}

// list returns a list that is [] and not null in JSON.
func list[T any](rows []T) []T {
	if rows == nil {
		return []T{}
	}
	return rows
}

// errorJSON is an error as the front end gets it: Wails passes on only text.
func (a *App) errorJSON(err error) any {
	text, _ := json.Marshal(a.describeError(err)) // a struct of strings: never fails
	return string(text)
}

// describeError returns the error for the user. An error that isn't meant for people goes to the log.
func (a *App) describeError(err error) *chat.Error {
	if e, ok := errors.AsType[*chat.Error](err); ok {
		return e
	}
	a.log.Error("call from the window", "error", err)
	return chat.Errorf(chat.Internal, "", "Something went wrong. Nothing you typed is lost. Try again.")
}
