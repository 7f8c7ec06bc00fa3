package tray

import (
	"bytes"
	"image/png"
	"testing"
)

// The count is drawn onto the icon, and other counts and states draw other icons.
func TestDrawIcon(t *testing.T) {
	type state struct {
		unread          int
		away, signedOut bool
	}
	seen := map[string]state{}
	for _, s := range []state{{}, {unread: 1}, {unread: 2}, {unread: 12}, {unread: 99}, {away: true}, {unread: 1, away: true}, {signedOut: true}} {
		icon, err := drawIcon(s.unread, s.away, s.signedOut)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(icon))
		if err != nil || img.Bounds().Dx() != 64 {
			t.Fatalf("%v: %v", s, err)
		}
		if other, twice := seen[string(icon)]; twice {
			t.Fatalf("%v looks like %v", s, other)
		}
		seen[string(icon)] = s
	}
	if many, err := drawIcon(1000, false, false); err != nil || seen[string(many)].unread != 99 {
		t.Fatal("past 99 it stays at 99")
	}
}

// Windows reads icons from ICO files, which may hold a PNG.
func TestICO(t *testing.T) {
	file := ico(plainIcon)
	if !bytes.Equal(file[:6], []byte{0, 0, 1, 0, 1, 0}) || file[6] != 64 || file[7] != 64 {
		t.Fatalf("% x", file[:22])
	}
	size := int(file[14]) | int(file[15])<<8 | int(file[16])<<16
	if offset := int(file[18]); size != len(plainIcon) || !bytes.Equal(file[offset:], plainIcon) {
		t.Fatalf("% x", file[:22])
	}
}

// People's text opens no mnemonic.
func TestMenuText(t *testing.T) {
	for os, want := range map[string]string{"linux": "Q&A with A__B", "windows": "Q&&A with A_B"} {
		if got := menuTextOn(os, "Q&A with A_B"); got != want {
			t.Errorf("%s: %q", os, got)
		}
	}
}
