// Package frontend embeds the two front ends as they were built into dist: the window's, and the client
// pages'. Without a build (./build/test and ./build/run make one) they are empty.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist/desktop
var desktop embed.FS

//go:embed all:dist/portal
var portal embed.FS

// Desktop is the window's front end.
func Desktop() fs.FS { return sub(desktop, "dist/desktop") }

// Portal is the client pages.
func Portal() fs.FS { return sub(portal, "dist/portal") }

func sub(files embed.FS, dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // dir is a constant
	}
	return f
}
