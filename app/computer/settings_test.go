package computer

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"matterline/app/chat"
)

// fakeAutostart is a system that can start the app.
type fakeAutostart struct{ on bool }

func (f *fakeAutostart) On() (bool, error) { return f.on, nil }
func (f *fakeAutostart) Set(on bool) error { f.on = on; return nil }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(data string, auto *fakeAutostart) *SettingsFile {
	return NewSettingsFile(data, auto, slog.New(slog.DiscardHandler))
}

func TestSettings(t *testing.T) {
	data, auto := t.TempDir(), &fakeAutostart{}
	f := open(data, auto)
	if got := f.GetAll(); got.Settings != DefaultSettings || got.Problem != "" {
		t.Fatalf("%+v", got)
	}
	want := DefaultSettings
	want.Theme, want.TextSize, want.Dates, want.StartWithSystem, want.QuietFrom, want.QuietUntil = "dark", 115, "de", true, "18:30", "08:00"
	check(t, f.Set(want))
	if !auto.on {
		t.Fatal("the system doesn't start the app")
	}
	auto.on = false // the user turned it off in the system's own settings
	want.StartWithSystem = false
	if got := open(data, auto).GetAll(); got.Settings != want {
		t.Fatalf("%+v", got)
	}
	for _, tt := range []struct {
		field string
		spoil func(*Settings)
	}{
		{"theme", func(s *Settings) { s.Theme = "pink" }},
		{"text_size", func(s *Settings) { s.TextSize = 1 }},
		{"dates", func(s *Settings) { s.Dates = "tlh" }},
		{"quiet_from", func(s *Settings) { s.QuietFrom = "" }},
		{"quiet_until", func(s *Settings) { s.QuietUntil = "8 o'clock" }},
		{"quiet_until", func(s *Settings) { s.QuietUntil = s.QuietFrom }},
	} {
		bad := want
		tt.spoil(&bad)
		var e *chat.Error
		if err := f.Set(bad); !errors.As(err, &e) || e.Code != chat.Malformed || e.Field != tt.field {
			t.Errorf("%s: %+v", tt.field, e)
		}
	}
	if got := open(data, auto).GetAll(); got.Settings != want {
		t.Fatalf("invalid settings were kept: %+v", got)
	}
}

// Settings that can't be read or aren't valid are set aside. The problem is reported until the settings are changed.
func TestBrokenSettings(t *testing.T) {
	for _, text := range []string{"", "{", `{"theme":"pink"}`, `{"text_size":"big"}`} {
		data := t.TempDir()
		path := filepath.Join(data, "settings.json")
		check(t, os.WriteFile(path, []byte(text), 0o600))
		f := open(data, &fakeAutostart{})
		if got := f.GetAll(); got.Settings != DefaultSettings || got.Problem == "" {
			t.Fatalf("%q: %+v", text, got)
		}
		if kept, err := os.ReadFile(path + ".broken"); err != nil || string(kept) != text {
			t.Fatalf("%q: %q, %v", text, kept, err)
		}
		check(t, f.Set(DefaultSettings))
		if got := f.GetAll(); got.Problem != "" {
			t.Fatalf("%+v", got)
		}
	}
}

func TestSettingsThatCannotBeReadForNowAreReadLater(t *testing.T) {
	data := t.TempDir()
	want := DefaultSettings
	want.Theme = "dark"
	check(t, open(data, &fakeAutostart{}).Set(want))

	file := filepath.Join(data, "settings.json")
	check(t, os.Rename(file, file+".away"))
	check(t, os.Mkdir(file, 0o700)) // reading a folder fails
	f := open(data, &fakeAutostart{})
	if got := f.Get(); got.Settings != DefaultSettings {
		t.Fatalf("%+v", got)
	}
	check(t, os.Remove(file))
	check(t, os.Rename(file+".away", file))
	if got := f.Get(); got.Settings != want {
		t.Fatalf("%+v", got)
	}
}
