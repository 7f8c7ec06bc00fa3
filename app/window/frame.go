package window

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"matterline/app/computer"
)

// frame is the window's position and size. window.json keeps it for the next start.
type frame struct {
	X         int  `json:"x"`
	Y         int  `json:"y"`
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	Maximised bool `json:"maximised"`
	// placed is true if the frame comes from an earlier start. Otherwise the window is centred.
	placed bool
}

const (
	minWidth, minHeight = 900, 600
	maxSide             = 20_000 // pixels, of any screen
)

var defaultFrame = frame{Width: 1280, Height: 800}

func framePath(data string) string { return filepath.Join(data, "window.json") }

// readFrame returns the frame of the last start, or the default if there is none that makes sense.
func readFrame(data string) frame {
	text, err := os.ReadFile(framePath(data))
	var f frame
	if err != nil || json.Unmarshal(text, &f) != nil || f.Width < minWidth || f.Height < minHeight || max(f.Width, f.Height) > maxSide {
		return defaultFrame
	}
	f.placed = true
	return f
}

// fitTo moves and shrinks the frame so that it fits on a screen: the screen it was on may be gone.
func (f frame) fitTo(width, height int) frame {
	f.Width, f.Height = min(f.Width, width), min(f.Height, height)
	f.X, f.Y = min(max(f.X, 0), width-f.Width), min(max(f.Y, 0), height-f.Height)
	return f
}

func (f frame) state() options.WindowStartState {
	if f.Maximised {
		return options.Maximised
	}
	return options.Normal
}

// restoreFrame moves the window to where it was, on the screen on which it opens.
func (w *window) restoreFrame(ctx context.Context) {
	screens, err := runtime.ScreenGetAll(ctx) // waits until the window is open, centred
	if err != nil || !w.frame.placed || w.frame.Maximised {
		return
	}
	for _, screen := range screens {
		if screen.IsCurrent {
			f := w.frame.fitTo(screen.Size.Width, screen.Size.Height)
			runtime.WindowSetSize(ctx, f.Width, f.Height)
			runtime.WindowSetPosition(ctx, f.X, f.Y)
		}
	}
}

// saveFrame saves the frame, unless the window is hidden or minimised and has none.
func (w *window) saveFrame(ctx context.Context) {
	if w.hidden.Load() || runtime.WindowIsMinimised(ctx) {
		return
	}
	w.frame.Maximised = runtime.WindowIsMaximised(ctx)
	if runtime.WindowIsNormal(ctx) {
		w.frame.Width, w.frame.Height = runtime.WindowGetSize(ctx)
		w.frame.X, w.frame.Y = runtime.WindowGetPosition(ctx)
	}
	if err := computer.WriteJSON(framePath(w.options.Data), w.frame); err != nil {
		w.options.Log.Error("save window frame", "error", err)
	}
}
