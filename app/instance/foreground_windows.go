package instance

import "golang.org/x/sys/windows"

// allowForeground lets the first start bring its window to the front: Windows lets only the program do so that the user
// has just started.
func allowForeground() {
	const anyProcess = ^uintptr(0)
	_, _, _ = windows.NewLazySystemDLL("user32.dll").NewProc("AllowSetForegroundWindow").Call(anyProcess)
}
