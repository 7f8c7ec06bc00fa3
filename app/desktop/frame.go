package desktop

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// frame is where the window stands and how large it is, kept for the next start in window.json.
type frame struct {
	X         int  `json:"x"`
	Y         int  `json:"y"`
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	Maximised bool `json:"maximised"`
	// placed says that somebody has had the window there; else it is centred.
	placed bool
}

const (
	minWidth, minHeight = 900, 600
	maxSide             = 20_000 // of any screen
)

var firstFrame = frame{Width: 1280, Height: 800}

func frameFile(data string) string { return filepath.Join(data, "window.json") }

// keptFrame is the frame of the last time. One that makes no sense is as at first.
func keptFrame(data string) frame {
	text, err := os.ReadFile(frameFile(data))
	var f frame
	if err != nil || json.Unmarshal(text, &f) != nil || f.Width < minWidth || f.Height < minHeight || max(f.Width, f.Height) > maxSide {
		return firstFrame
	}
	f.placed = true
	return f
}

// on is the frame on a screen: wholly in sight, though another screen may be gone on which it was.
func (f frame) on(width, height int) frame {
	f.Width, f.Height = min(f.Width, width), min(f.Height, height)
	f.X, f.Y = min(max(f.X, 0), width-f.Width), min(max(f.Y, 0), height-f.Height)
	return f
}

// state is how the window starts.
func (f frame) state() options.WindowStartState {
	if f.Maximised {
		return options.Maximised
	}
	return options.Normal
}

// place puts the window where it was, on the screen on which it opens.
func (w *window) place(ctx context.Context) {
	screens, err := runtime.ScreenGetAll(ctx) // waits until the window is there, centred
	if err != nil || !w.frame.placed || w.frame.Maximised {
		return
	}
	for _, screen := range screens {
		if screen.IsCurrent {
			f := w.frame.on(screen.Size.Width, screen.Size.Height)
			runtime.WindowSetSize(ctx, f.Width, f.Height)
			runtime.WindowSetPosition(ctx, f.X, f.Y)
		}
	}
}

// keepFrame keeps where the window is. One that is hidden or minimised is nowhere.
func (w *window) keepFrame(ctx context.Context) {
	if w.hidden.Load() || runtime.WindowIsMinimised(ctx) {
		return
	}
	w.frame.Maximised = runtime.WindowIsMaximised(ctx)
	if runtime.WindowIsNormal(ctx) {
		w.frame.Width, w.frame.Height = runtime.WindowGetSize(ctx)
		w.frame.X, w.frame.Y = runtime.WindowGetPosition(ctx)
	}
	if err := keep(frameFile(w.app.options.Data), w.frame); err != nil {
		w.app.options.Log.Error("window", "error", err)
	}
}
