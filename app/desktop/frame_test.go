package desktop

import (
	"os"
	"testing"
)

// A window that was kept comes back; one that makes no sense is as at first.
func TestKeptFrame(t *testing.T) {
	data := t.TempDir()
	if got := keptFrame(data); got != firstFrame {
		t.Fatalf("%+v", got)
	}
	was := frame{X: 40, Y: -3, Width: 1000, Height: 700, Maximised: true}
	check(t, keep(frameFile(data), was))
	was.placed = true
	if got := keptFrame(data); got != was {
		t.Fatalf("%+v", got)
	}
	for _, text := range []string{"", "{", "null", `{"width":-1,"height":-1}`, `{"width":1000,"height":99999999}`, `{"width":"wide"}`} {
		check(t, os.WriteFile(frameFile(data), []byte(text), 0o600))
		if got := keptFrame(data); got != firstFrame {
			t.Fatalf("%q: %+v", text, got)
		}
	}
}

// Wherever it was, the window is wholly on the screen.
func TestFrameOn(t *testing.T) {
	for _, tt := range []struct {
		name      string
		was, want frame
	}{
		{"Where it was", frame{X: 100, Y: 50, Width: 1000, Height: 700}, frame{X: 100, Y: 50, Width: 1000, Height: 700}},
		{"On a screen to the right that is gone", frame{X: 2500, Y: 50, Width: 1000, Height: 700}, frame{X: 920, Y: 50, Width: 1000, Height: 700}},
		{"On a screen to the left and below that is gone", frame{X: -1500, Y: 1200, Width: 1000, Height: 700}, frame{X: 0, Y: 380, Width: 1000, Height: 700}},
		{"Larger than the screen", frame{X: 30, Y: 30, Width: 2500, Height: 1400}, frame{Width: 1920, Height: 1080}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.was.on(1920, 1080); got != tt.want {
				t.Errorf("%+v", got)
			}
		})
	}
}
