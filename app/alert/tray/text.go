package tray

import (
	"runtime"
	"strings"
)

// menuText keeps people's text in a menu as it is. Menus read some characters as the sign of a mnemonic.
func menuText(text string) string { return menuTextOn(runtime.GOOS, text) }

func menuTextOn(os, text string) string {
	switch os {
	case "linux":
		return strings.ReplaceAll(text, "_", "__")
	case "windows":
		return strings.ReplaceAll(text, "&", "&&")
	}
	return text
}
