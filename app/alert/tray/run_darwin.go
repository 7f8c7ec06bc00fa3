package tray

import "errors"

// run finds no tray on macOS yet: systray would have to start on the main thread before the window does.
func run(func()) (stop func(), err error) {
	return nil, errors.New("tray: not on macOS yet")
}
