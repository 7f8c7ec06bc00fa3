// Package window opens the app's window: Wails, the frame, the tray icon, and how the app ends. It is the only package
// that imports Wails, so nothing else compiles WebKit.
package window

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/pkg/browser"
	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/mac"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"matterline/app/alert"
	"matterline/app/alert/badge"
	"matterline/app/alert/tray"
	"matterline/app/desktop"
	"matterline/app/instance"
	"matterline/app/screenlock"
)

const appName = "Matterline"

// desktopFile is the name of the app's entry in a Linux desktop's menu.
const desktopFile = "eu.matterline.desktop.desktop"

// csp lets the window load only its own files.
const csp = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src 'self' ws://localhost:*; base-uri 'none'; form-action 'none'"

// Options are what a window is opened with.
type Options struct {
	// Data is the folder that keeps the frame.
	Data string
	// Assets are the files of the front end.
	Assets fs.FS
	// Icon is a PNG.
	Icon []byte
	// Instance gets what other starts on this data folder want. It may be nil.
	Instance *instance.Instance
	// Link is a matterline:// link to open, or empty.
	Link string
	// OnResponse sets the function that is called with what the user did with a notification.
	OnResponse func(func(alert.Response))
	Log        *slog.Logger
}

// Run opens the window and returns when the user has quit the app.
func Run(app *desktop.Controls, o Options) error {
	w := &window{app: app, options: o, frame: readFrame(o.Data), started: make(chan struct{}), ready: make(chan struct{})}
	w.page.window = w
	w.badge = badge.New(desktopFile, o.Log)
	app.OnPageAnswer(w.page.answered)
	go w.quitOnSignal()
	return wails.Run(&options.App{
		Title: appName, MinWidth: minWidth, MinHeight: minHeight,
		Width: w.frame.Width, Height: w.frame.Height, WindowStartState: w.frame.state(),
		AssetServer: &assetserver.Options{Assets: o.Assets, Middleware: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(res http.ResponseWriter, req *http.Request) {
				res.Header().Set("Content-Security-Policy", csp)
				next.ServeHTTP(res, req)
			})
		}},
		Bind:           []any{app.App()},
		ErrorFormatter: app.ErrorJSON,
		OnStartup:      w.startup,
		OnDomReady:     func(context.Context) { w.domReady() },
		OnBeforeClose:  w.beforeClose,
		OnShutdown:     func(context.Context) { w.shutdown() },
		DragAndDrop:    &options.DragAndDrop{EnableFileDrop: true}, // otherwise a dropped file replaces the app
		Mac: &mac.Options{OnUrlOpen: func(link string) {
			go func() {
				<-w.started // macOS may start the app for the link
				w.open(instance.Request{Link: link})
			}()
		}},
		Linux: &linux.Options{Icon: o.Icon, ProgramName: "matterline", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
	})
}

type window struct {
	app      *desktop.Controls
	options  Options
	ctx      context.Context
	tray     *tray.Tray // nil where there is none
	frame    frame
	page     page
	badge    *badge.Badge
	hidden   atomic.Bool
	quitting atomic.Bool
	quitOnce sync.Once
	// stopScreenLock stops the watch of the screen's lock.
	stopScreenLock func()
	started        chan struct{} // closed once the app is told to start
	ready          chan struct{} // closed once the page is loaded
	readyOnce      sync.Once
}

// Emit implements desktop.Window.
func (w *window) Emit(event desktop.Event, matters ...string) {
	if event == desktop.EventChanged {
		runtime.EventsEmit(w.ctx, string(event), matters)
		return
	}
	runtime.EventsEmit(w.ctx, string(event))
}

// OpenBrowser implements desktop.Window.
func (w *window) OpenBrowser(address string) error { return browser.OpenURL(address) }

// Show implements desktop.Window.
func (w *window) Show() { w.show() }

// SetUnread implements desktop.Window.
func (w *window) SetUnread(n int, urgent bool) {
	title := appName
	if n > 0 {
		title = fmt.Sprintf("(%d) %s", n, appName)
	}
	runtime.WindowSetTitle(w.ctx, title)
	w.badge.Show(n, urgent)
	if urgent {
		wantAttention()
	}
}

// ChooseFile implements desktop.Window.
func (w *window) ChooseFile(name string) (string, error) {
	return runtime.SaveFileDialog(w.ctx, runtime.SaveDialogOptions{DefaultFilename: name})
}

func (w *window) startup(ctx context.Context) {
	w.ctx = ctx
	w.app.SetWindow(w)
	w.page.watch()
	w.stopScreenLock = screenlock.Watch(w.options.Log, w.app.SetScreenLocked)
	w.restoreFrame(ctx)
	w.options.OnResponse(w.respond)
	var err error
	w.tray, err = tray.Start(tray.Actions{
		Open:  w.show,
		Chat:  func(at alert.Alert) { w.openChat(at.Account, at.Matter, at.Participant) },
		Pause: w.app.Pause,
		Quit:  w.quit,
		Gone:  w.returnFromTray,
	})
	if err != nil {
		w.options.Log.Info("no tray", "error", err)
	} else {
		w.app.SetTray(w.tray)
	}
	if w.options.Link != "" {
		w.app.OpenLink(w.options.Link) // once it has started
	}
	go w.app.Start()
	close(w.started)
	go w.options.Instance.Serve(w.open)
}

// open does what another start wants.
func (w *window) open(r instance.Request) {
	w.show()
	if r.Activation != "" {
		activate(r.Activation)
	}
	if r.Demo {
		w.app.OpenDemo()
	}
	if r.Link != "" {
		w.app.OpenLink(r.Link)
	}
}

func (w *window) domReady() {
	w.page.loaded()
	w.readyOnce.Do(func() { close(w.ready) })
}

// setHidden is called before the window is hidden or shown.
func (w *window) setHidden(is bool) {
	w.hidden.Store(is)
	w.app.SetHidden(is)
}

func (w *window) show() {
	w.setHidden(false)
	runtime.WindowShow(w.ctx)
	runtime.WindowUnminimise(w.ctx)
}

// respond does what the user asked for with a notification.
func (w *window) respond(r alert.Response) {
	switch r.Action {
	case alert.MarkRead:
		w.app.MarkRead(r.Notification)
	case alert.Reply:
		w.app.Reply(r.Notification, r.Text)
	default:
		w.openChat(r.Account, r.Matter, r.Participant)
	}
}

// openChat shows the window, at a chat unless the participant is empty, as in a summary.
func (w *window) openChat(account, matter, participant string) {
	w.show()
	if participant != "" {
		w.app.OpenChat(account, desktop.ChatAddress{Matter: matter, Participant: participant})
	}
}

// returnFromTray minimises a window that is hidden, when nothing shows the icon any more that would bring it back.
func (w *window) returnFromTray() {
	if w.hidden.Load() {
		w.setHidden(false)
		runtime.WindowMinimise(w.ctx)
		runtime.WindowShow(w.ctx)
	}
}

// beforeClose keeps the app in the tray when the user closes the window, or minimises it where nothing shows the icon,
// if the settings say so.
func (w *window) beforeClose(ctx context.Context) (prevent bool) {
	w.saveFrame(ctx)
	switch {
	case w.quitting.Load() || !w.app.CloseToTray():
		return false
	case w.tray != nil && w.tray.Visible():
		w.setHidden(true)
		runtime.WindowHide(ctx)
	default:
		runtime.WindowMinimise(ctx)
	}
	return true
}
