package tray

import "errors"

// run returns an error: on macOS systray would have to start on the main thread before the window.
func run(func(), func(bool)) (stop func(), err error) {
	return nil, errors.New("start tray: not supported on macOS yet")
}
