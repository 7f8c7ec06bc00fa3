package tray

import (
	"runtime"

	"fyne.io/systray"
)

// run starts the tray with its own message loop.
func run(ready func()) (stop func(), err error) {
	go func() {
		runtime.LockOSThread()
		systray.Run(ready, func() {})
	}()
	return systray.Quit, nil
}
