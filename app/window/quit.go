package window

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// The app ends within longestEnd, whatever hangs: desktops kill programs that take longer when the user signs out. A page
// that isn't loaded by pageWait isn't waited for.
const (
	longestEnd = 1800 * time.Millisecond
	pageWait   = 500 * time.Millisecond
)

// quitOnSignal quits the app on a signal. Without it Wails would only close the window, which hides it.
func (w *window) quitOnSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	<-signals
	w.quit()
}

// quit ends the app, without Wails if the page isn't loaded: Wails can't quit before. Everything that must last is in
// files already, so it may end at any time.
func (w *window) quit() { w.quitOnce.Do(w.end) }

func (w *window) end() {
	w.quitting.Store(true)
	time.AfterFunc(longestEnd, func() {
		w.options.Log.Error("something hangs; ending without it")
		os.Exit(1)
	})
	select {
	case <-w.ready:
		runtime.Quit(w.ctx)
	case <-time.After(pageWait):
		select {
		case <-w.started:
			w.shutdown()
		default:
		}
		os.Exit(0)
	}
}

// shutdown closes the app and the tray at the same time, as either may take a moment.
func (w *window) shutdown() {
	w.stopScreenLock()
	var closing sync.WaitGroup
	closing.Go(w.app.Close)
	if w.tray != nil {
		closing.Go(w.tray.Close)
	}
	closing.Wait()
}
