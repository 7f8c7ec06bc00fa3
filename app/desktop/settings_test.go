package desktop

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/records"
)

// fakeAutostart is a system that starts programs.
type fakeAutostart struct{ on bool }

func (f *fakeAutostart) On() (bool, error) { return f.on, nil }
func (f *fakeAutostart) Set(on bool) error { f.on = on; return nil }

func settingsApp(data string, auto *fakeAutostart) *App {
	return newApp(Options{Data: data, Log: slog.New(slog.DiscardHandler), Autostart: auto})
}

func TestSettings(t *testing.T) {
	data, auto := t.TempDir(), &fakeAutostart{}
	a := settingsApp(data, auto)
	if got := a.Settings(); got.Settings != firstSettings || got.Problem != "" {
		t.Fatalf("%+v", got)
	}
	want := firstSettings
	want.Theme, want.TextSize, want.Dates, want.StartWithSystem, want.QuietFrom, want.QuietUntil = "dark", 115, "de", true, "18:30", "08:00"
	check(t, a.ChangeSettings(want))
	if !auto.on {
		t.Fatal("the system does not start it")
	}
	auto.on = false // the user took it away in the system's own settings
	want.StartWithSystem = false
	if got := settingsApp(data, auto).Settings(); got.Settings != want {
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
		if e := a.told(a.ChangeSettings(bad)); e.Code != chat.Malformed || e.Field != tt.field {
			t.Errorf("%s: %+v", tt.field, e)
		}
	}
	if got := settingsApp(data, auto).Settings(); got.Settings != want {
		t.Fatalf("what was refused has changed something: %+v", got)
	}
}

// Settings that cannot be read, or are not valid, are set aside, and said until they are set anew.
func TestSettingsBroken(t *testing.T) {
	for _, text := range []string{"", "{", `{"theme":"pink"}`, `{"text_size":"big"}`} {
		data := t.TempDir()
		file := filepath.Join(data, "settings.json")
		check(t, os.WriteFile(file, []byte(text), 0o600))
		a := settingsApp(data, &fakeAutostart{})
		if got := a.Settings(); got.Settings != firstSettings || got.Problem == "" {
			t.Fatalf("%q: %+v", text, got)
		}
		if kept, err := os.ReadFile(file + ".broken"); err != nil || string(kept) != text {
			t.Fatalf("%q: %q, %v", text, kept, err)
		}
		check(t, a.ChangeSettings(firstSettings))
		if got := a.Settings(); got.Problem != "" {
			t.Fatalf("%+v", got)
		}
	}
}

// What a colleague writes raises an alert, until that is turned off; then what they wrote before raises none.
func TestColleagues(t *testing.T) {
	o := newOffice(t)
	tom, err := o.store.AddAccount(t.Context(), records.Account{Email: "tom@firm.example", Name: "Tom", User: true, Admin: true})
	check(t, err)
	tomSays := func(text string) {
		t.Helper()
		said, err := o.store.Send(t.Context(), chat.Caller{Account: tom, Name: "Tom", User: true, Admin: true},
			[]records.Outgoing{{ID: uuid.NewString(), Participant: o.toAna, Text: text}})
		check(t, err)
		check(t, said[0].Err)
	}
	o.signIn()
	tomSays("first")
	o.alertCount(1)
	if toast := <-o.toasts; toast.Body != "first" {
		t.Fatalf("%+v", toast)
	}
	off := firstSettings
	off.Colleagues = false
	check(t, o.ChangeSettings(off))
	o.alertCount(0)
	tomSays("second")
	o.anaSays("third")
	o.alertCount(1)
	if toast := <-o.toasts; toast.Body != "third" {
		t.Fatalf("%+v", toast)
	}
	rows, err := o.Matters(nil)
	check(t, err)
	if len(rows) != 1 || rows[0].Unread != 1 {
		t.Fatalf("%+v", rows)
	}

	o.shutdown()
	check(t, keep(filepath.Join(o.options.Data, "settings.json"), firstSettings))
	o.start(o.options.Data)
	o.alertCount(3)
}

// While toasts are paused there are none, also not later for what came meanwhile.
func TestPausedToasts(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	paused := firstSettings
	paused.PausedUntil = time.Now().Add(time.Hour).UnixMilli()
	check(t, o.ChangeSettings(paused))
	o.anaSays("first")
	o.untilToasted()
	paused.PausedUntil = 0
	check(t, o.ChangeSettings(paused))
	o.anaSays("second")
	if toast := <-o.toasts; toast.Body != "second" {
		t.Fatalf("%+v", toast)
	}
	paused.Preview = false
	check(t, o.ChangeSettings(paused))
	o.anaSays("third")
	if toast := <-o.toasts; toast.Body != "1" || strings.Contains(toast.Title, "Elm") {
		t.Fatalf("%+v", toast)
	}
}

// The diagnostics say how things stand, and hold no name, no address and nobody's words.
func TestDiagnostics(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.goAway()
	_, err := o.Send(o.toAna, []string{o.toAna}, "a secret", false)
	check(t, err)
	o.options.Log.Error("open", "error", errors.New("open /home/maya: a secret"))
	file, err := o.SaveDiagnostics()
	check(t, err)
	text, err := os.ReadFile(file)
	check(t, err)
	for _, want := range []string{"version: 1.2.3", "copy: offline", "matters: 1", "outbox: 1", "accounts: 1", "own.db", "ERROR open error=internal"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	for _, secret := range []string{"secret", "Maya", "maya", "Ana", "Elm Street", o.server.URL, o.options.Data} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%q in %s", secret, text)
		}
	}
}
