//go:build bindings

package window

// GeneratesBindings says that build/generate runs the program, which then opens no window.
const GeneratesBindings = true
