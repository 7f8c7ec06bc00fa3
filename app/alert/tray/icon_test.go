package tray

import (
	"bytes"
	"image/png"
	"testing"
)

// The count is drawn onto the icon, and other counts draw other icons.
func TestWithCount(t *testing.T) {
	seen := map[string]int{}
	for _, n := range []int{0, 1, 2, 12, 99} {
		icon, err := withCount(n)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(icon))
		if err != nil || img.Bounds().Dx() != 64 {
			t.Fatalf("%d: %v", n, err)
		}
		if other, twice := seen[string(icon)]; twice {
			t.Fatalf("%d looks like %d", n, other)
		}
		seen[string(icon)] = n
	}
	if many, err := withCount(1000); err != nil || seen[string(many)] != 99 {
		t.Fatal("past 99 it stays at 99")
	}
}
