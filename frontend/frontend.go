// Package frontend embeds the built front ends: the desktop app's window and the client pages.
// They're empty until ./build/run or ./build/test has built them into dist.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist/desktop
var desktop embed.FS

//go:embed all:dist/client
var client embed.FS

// Desktop returns the front end of the desktop app's window.
func Desktop() fs.FS { return sub(desktop, "dist/desktop") }

// Client returns the client pages.
func Client() fs.FS { return sub(client, "dist/client") }

func sub(files embed.FS, dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // dir is a constant
	}
	return f
}
