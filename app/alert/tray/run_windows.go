package tray

import (
	"runtime"

	"fyne.io/systray"
)

// run starts the tray with its own message loop.
func run(ready func(), visible func(bool)) (stop func(), err error) {
	visible(true)
	go func() {
		runtime.LockOSThread()
		systray.Run(ready, func() {})
	}()
	return systray.Quit, nil
}
