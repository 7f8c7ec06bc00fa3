package autostart

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSet(t *testing.T) {
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	p := Program{Name: "Matterline", ID: "matterline", Command: []string{"/opt/a b/matterline", `--data=/home/5%/$x`}}
	is := func(want bool) {
		t.Helper()
		if on, err := p.On(); err != nil || on != want {
			t.Fatal(on, err)
		}
	}
	is(false)
	for range 2 {
		if err := p.Set(true); err != nil {
			t.Fatal(err)
		}
		is(true)
	}
	text, err := os.ReadFile(filepath.Join(config, "autostart", "matterline.desktop"))
	want := "[Desktop Entry]\nType=Application\nName=Matterline\nExec=\"/opt/a b/matterline\" \"--data=/home/5%%/\\\\$x\"\n"
	if err != nil || string(text) != want {
		t.Fatalf("%s, %v", text, err)
	}
	for range 2 {
		if err := p.Set(false); err != nil {
			t.Fatal(err)
		}
		is(false)
	}
}
