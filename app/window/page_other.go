//go:build !linux

package window

import (
	"context"

	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// watchProcess does nothing: here only the heartbeat shows that the page has ended.
func watchProcess(func()) {}

// reloadPage loads the page.
func reloadPage(ctx context.Context) { runtime.WindowReloadApp(ctx) }

// endPage loads a page that hangs again.
func endPage(ctx context.Context) { reloadPage(ctx) }
