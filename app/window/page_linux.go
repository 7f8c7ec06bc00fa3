package window

/*
#cgo pkg-config: gtk+-3.0
#cgo webkit2_41 pkg-config: webkit2gtk-4.1
#cgo !webkit2_41 pkg-config: webkit2gtk-4.0
#include "page_linux.h"
*/
import "C"

import "context"

// onPageEnded is called when the process of the page has ended. It is set once, before watchProcess.
var onPageEnded func()

//export pageEnded
func pageEnded() { go onPageEnded() }

// watchProcess calls ended whenever the process of the page has ended.
func watchProcess(ended func()) {
	onPageEnded = ended
	C.watch_page()
}

// reloadPage loads the page, in a new process if it has none.
func reloadPage(context.Context) { C.reload_page() }

// endPage ends a page that hangs. It calls what watchProcess was given.
func endPage(context.Context) { C.end_page() }
