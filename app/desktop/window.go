package desktop

import (
	"context"
	"io/fs"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"matterline/app/alert"
	"matterline/app/alert/tray"
)

// csp lets the window load what it brings, and nothing else.
const csp = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src 'self' ws://localhost:*; base-uri 'none'; form-action 'none'"

// Run opens the window and returns when the app has been quit. assets are the files of the front end.
func Run(o Options, assets fs.FS, icon []byte) error {
	a := newApp(o)
	w := &window{app: a, frame: keptFrame(o.Data), ready: make(chan struct{})}
	go w.quitOnSignal()
	return wails.Run(&options.App{
		Title: "Matterline", MinWidth: minWidth, MinHeight: minHeight,
		Width: w.frame.Width, Height: w.frame.Height, WindowStartState: w.frame.state(),
		AssetServer: &assetserver.Options{Assets: assets, Middleware: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(res http.ResponseWriter, req *http.Request) {
				res.Header().Set("Content-Security-Policy", csp)
				next.ServeHTTP(res, req)
			})
		}},
		Bind:           []any{a},
		ErrorFormatter: a.failure,
		OnStartup:      w.startup,
		OnDomReady:     func(context.Context) { w.readied.Do(func() { close(w.ready) }) },
		OnBeforeClose:  w.beforeClose,
		OnShutdown:     func(context.Context) { w.shutdown() },
		SingleInstanceLock: &options.SingleInstanceLock{
			UniqueId:               "eu.matterline.desktop",
			OnSecondInstanceLaunch: func(options.SecondInstanceData) { w.show() },
		},
		DragAndDrop: &options.DragAndDrop{EnableFileDrop: true}, // or a dropped file replaces the app
		Linux:       &linux.Options{Icon: icon, ProgramName: "matterline", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
	})
}

// window is the life of the window.
type window struct {
	app      *App
	ctx      context.Context
	tray     *tray.Tray // nil where there is none
	frame    frame
	hidden   atomic.Bool
	quitting atomic.Bool
	ready    chan struct{} // closed when the page is there
	readied  sync.Once
}

func (w *window) startup(ctx context.Context) {
	w.ctx = ctx
	w.app.emit = func(event Event, matters ...string) {
		if event == EventChanged {
			runtime.EventsEmit(ctx, string(event), matters)
		} else {
			runtime.EventsEmit(ctx, string(event))
		}
	}
	w.app.saveAs = func(name string) (string, error) {
		return runtime.SaveFileDialog(ctx, runtime.SaveDialogOptions{DefaultFilename: name})
	}
	w.place(ctx)
	w.app.options.Toasts.OnClick(func(t alert.Toast) { w.showChat(t.Matter, t.Participant) })
	var err error
	w.tray, err = tray.Start(tray.Actions{
		Open: w.show,
		Chat: func(at alert.Alert) { w.showChat(at.Matter, at.Participant) },
		Pause: func(p alert.Pause) {
			if err := w.app.Pause(p); err != nil {
				w.app.options.Log.Error("pause", "error", err)
			}
		},
		Quit: w.quit,
	})
	if err != nil {
		w.app.options.Log.Info("no tray", "error", err)
	} else {
		w.app.tray = w.tray
	}
	go w.app.start()
}

// quitOnSignal ends the app when it is told to from outside: closing the window alone would hide it.
func (w *window) quitOnSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	<-signals
	w.quit()
}

func (w *window) show() {
	w.hidden.Store(false)
	runtime.WindowShow(w.ctx)
	runtime.WindowUnminimise(w.ctx)
}

// showChat shows the window at a chat, or as it is if a summary has led there.
func (w *window) showChat(matter, participant string) {
	w.show()
	if participant != "" {
		w.app.openChat(ChatAddress{Matter: matter, Participant: participant})
	}
}

// quit ends the app, once it has begun: before that there is nothing that could be told to end.
func (w *window) quit() {
	w.quitting.Store(true)
	<-w.ready
	runtime.Quit(w.ctx)
}

// beforeClose keeps the app in the tray when its window is closed, and minimised where there is no tray, if that
// is how it is set.
func (w *window) beforeClose(ctx context.Context) (prevent bool) {
	w.keepFrame(ctx)
	switch {
	case w.quitting.Load() || !w.app.set().CloseToTray:
		return false
	case w.tray != nil:
		w.hidden.Store(true)
		runtime.WindowHide(ctx)
	default:
		runtime.WindowMinimise(ctx)
	}
	return true
}

func (w *window) shutdown() {
	w.app.shutdown()
	if w.tray != nil {
		w.tray.Close()
	}
}
