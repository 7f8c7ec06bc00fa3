//go:build !bindings

package main

const generatesBindings = false
