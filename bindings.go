//go:build bindings

package main

// generatesBindings says that build/generate runs the program, which then opens no window.
const generatesBindings = true
