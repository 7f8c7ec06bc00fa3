// Package smoke tests the binary that build/binary makes, in a real window: on a virtual display with a window manager,
// a notification service and a panel with a tray. WebDriver types and clicks, which preload/automation.c allows.
// Chromium is the system's browser. Screenshots are saved in build/out.
//
//	go test -tags smoke ./build/smoke
package smoke
