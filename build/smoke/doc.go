// Package smoke tries the shipped binary, as build/binary makes it, in a real window: with a window
// manager, a notification service and a panel with a tray on a display of its own. WebDriver types and
// clicks; preload/automation.c lets it in. Its screenshots lie in build/out.
//
//	go test -tags smoke ./build/smoke
package smoke
