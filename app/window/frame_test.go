package window

import (
	"os"
	"testing"

	"matterline/app/computer"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The frame of the last start comes back. One that makes no sense is replaced by the default.
func TestReadFrame(t *testing.T) {
	data := t.TempDir()
	if got := readFrame(data); got != defaultFrame {
		t.Fatalf("%+v", got)
	}
	saved := frame{X: 40, Y: -3, Width: 1000, Height: 700, Maximised: true}
	check(t, computer.WriteJSON(framePath(data), saved))
	saved.placed = true
	if got := readFrame(data); got != saved {
		t.Fatalf("%+v", got)
	}
	for _, text := range []string{"", "{", "null", `{"width":-1,"height":-1}`, `{"width":1000,"height":99999999}`, `{"width":"wide"}`} {
		check(t, os.WriteFile(framePath(data), []byte(text), 0o600))
		if got := readFrame(data); got != defaultFrame {
			t.Fatalf("%q: %+v", text, got)
		}
	}
}

// Wherever the window was, it opens completely on the screen.
func TestFrameOnScreen(t *testing.T) {
	for _, tt := range []struct {
		name        string
		saved, want frame
	}{
		{"On this screen", frame{X: 100, Y: 50, Width: 1000, Height: 700}, frame{X: 100, Y: 50, Width: 1000, Height: 700}},
		{"On a screen to the right that is gone", frame{X: 2500, Y: 50, Width: 1000, Height: 700}, frame{X: 920, Y: 50, Width: 1000, Height: 700}},
		{"On a screen to the left and below that is gone", frame{X: -1500, Y: 1200, Width: 1000, Height: 700}, frame{X: 0, Y: 380, Width: 1000, Height: 700}},
		{"Larger than the screen", frame{X: 30, Y: 30, Width: 2500, Height: 1400}, frame{Width: 1920, Height: 1080}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.saved.fitTo(1920, 1080); got != tt.want {
				t.Errorf("%+v", got)
			}
		})
	}
}
