// Package toast shows alerts as notifications of the operating system, by beeep.
package toast

import (
	"html"
	"runtime"

	"github.com/gen2brain/beeep"

	"matterline/app/alert"
)

// Show shows one toast; it may block for a moment. icon is a PNG.
func Show(t alert.Toast, icon []byte) error {
	beeep.AppName = "Matterline"
	return beeep.Notify(t.Title, escape(t.Body), icon)
}

// escape keeps people's text from being read as markup, which servers on Linux render in the body.
func escape(body string) string {
	if runtime.GOOS == "linux" {
		return html.EscapeString(body)
	}
	return body
}
