package autostart

import (
	"os"
	"path/filepath"
	"testing"
)

// The entry passes a link on as one argument, whatever is in it. It isn't written again when nothing has changed, nor
// beside the one of a package.
func TestRegister(t *testing.T) {
	home, system, bin := t.TempDir(), t.TempDir(), t.TempDir()
	t.Setenv("XDG_DATA_HOME", home)
	t.Setenv("XDG_DATA_DIRS", system)
	calls := filepath.Join(bin, "calls")
	t.Setenv("PATH", bin+":/bin:/usr/bin")
	if err := os.WriteFile(filepath.Join(bin, "xdg-mime"), []byte("#!/bin/sh\necho \"$*\" >>"+calls+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	p := Program{Name: "Matterline", ID: "matterline", Command: []string{"/opt/a b/matterline", "--data=/home/5%", "--plain=/x-1"}}
	for range 2 {
		if err := p.Register("matterline", []byte("icon")); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(home, "applications", "matterline.desktop")
	text, err := os.ReadFile(file)
	want := `[Desktop Entry]
Type=Application
Name=Matterline
Comment=Portal Chat with your clients
Exec="/opt/a b/matterline" "--data=/home/5%%" --plain=/x-1 %u
Icon=matterline
Terminal=false
Categories=Office;
StartupNotify=true
StartupWMClass=matterline
X-GNOME-UsesNotifications=true
MimeType=x-scheme-handler/matterline;
`
	if err != nil || string(text) != want {
		t.Fatalf("%s, %v", text, err)
	}
	if icon, err := os.ReadFile(filepath.Join(home, "icons/hicolor/256x256/apps/matterline.png")); err != nil || string(icon) != "icon" {
		t.Fatal(string(icon), err)
	}
	if text, err := os.ReadFile(calls); err != nil || string(text) != "default matterline.desktop x-scheme-handler/matterline\n" {
		t.Fatalf("%q, %v", text, err)
	}

	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := write(filepath.Join(system, "applications", "matterline.desktop"), nil); err != nil {
		t.Fatal(err)
	}
	if err := p.Register("matterline", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Fatal("there are two entries")
	}
}
