package window

import "golang.org/x/sys/windows"

// ShowMessage shows a text in a window of its own while the app has none, and returns when the user has closed it.
func ShowMessage(text string) {
	message, err := windows.UTF16PtrFromString(text)
	if err != nil {
		return
	}
	title, _ := windows.UTF16PtrFromString("Matterline") // it has no NUL
	_, _ = windows.MessageBox(0, message, title, windows.MB_ICONERROR)
}

func activate(string) {}

func wantAttention() {}
