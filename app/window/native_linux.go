package window

/*
#include <stdlib.h>
#include "native_linux.h"
*/
import "C"

import "unsafe"

// ShowMessage shows a text in a window of its own while the app has none, and returns when the user has closed it.
func ShowMessage(text string) {
	c := C.CString(text)
	defer C.free(unsafe.Pointer(c))
	C.show_message(c)
}

// wantAttention asks for the user's attention, unless the window is active.
func wantAttention() { C.want_attention() }

// activate brings the window to the front with the permission that the desktop gave to the program that the user started.
func activate(token string) {
	c := C.CString(token)
	defer C.free(unsafe.Pointer(c))
	C.activate_window(c)
}
