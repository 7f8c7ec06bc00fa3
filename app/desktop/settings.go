package desktop

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"matterline/app/alert"
	"matterline/app/autostart"
	"matterline/app/chat"
)

// Settings are what the user has set for this computer, whoever is signed in.
type Settings struct {
	Theme    string `json:"theme"`     // system, light or dark
	TextSize int    `json:"text_size"` // in percent
	Dates    string `json:"dates"`     // system, or a language's tag
	// StartWithSystem is read from and written to the system.
	StartWithSystem bool `json:"start_with_system"`
	CloseToTray     bool `json:"close_to_tray"`
	// Colleagues says that what another user writes in a matter of the user's raises an alert too.
	Colleagues bool `json:"colleagues"`
	Toasts     bool `json:"toasts"`
	Preview    bool `json:"preview"`
	// QuietFrom and QuietUntil are the quiet hours, as "18:30"; both are empty for none.
	QuietFrom   string `json:"quiet_from"`
	QuietUntil  string `json:"quiet_until"`
	PausedUntil int64  `json:"paused_until"`
}

// SettingsNow are the settings, and what is wrong with them, as a sentence.
type SettingsNow struct {
	Settings
	Problem string `json:"problem"`
}

var (
	firstSettings = Settings{Theme: "system", TextSize: 100, Dates: "system", CloseToTray: true, Colleagues: true, Toasts: true, Preview: true}
	themes        = []string{"system", "light", "dark"}
	textSizes     = []int{100, 115, 130}
	dateLanguages = []string{"system", "en-GB", "en-US", "de", "es", "fr", "it", "nl", "pl", "pt"}
)

const settingsBroken = "Your settings could not be read and are as at first again. What was there is kept as settings.json.broken."

// valid returns malformed.
func (s Settings) valid() error {
	wrong := func(field string) error { return chat.Errorf(chat.Malformed, field, "This cannot be set.") }
	switch {
	case !slices.Contains(themes, s.Theme):
		return wrong("theme")
	case !slices.Contains(textSizes, s.TextSize):
		return wrong("text_size")
	case !slices.Contains(dateLanguages, s.Dates):
		return wrong("dates")
	case (s.QuietFrom == "") != (s.QuietUntil == ""):
		return chat.Errorf(chat.Malformed, "quiet_from", "Quiet hours need a beginning and an end.")
	case s.QuietFrom != "" && s.QuietFrom == s.QuietUntil:
		return chat.Errorf(chat.Malformed, "quiet_until", "Quiet hours need to end at another time than they begin.")
	}
	for field, at := range map[string]string{"quiet_from": s.QuietFrom, "quiet_until": s.QuietUntil} {
		if _, err := time.Parse("15:04", at); at != "" && err != nil {
			return chat.Errorf(chat.Malformed, field, "A time looks like 18:30.")
		}
	}
	return nil
}

// rules are what the settings say of toasts.
func (s Settings) rules() alert.Rules {
	minutes := func(at string) int {
		t, _ := time.Parse("15:04", at) // valid, or empty
		return t.Hour()*60 + t.Minute()
	}
	return alert.Rules{
		Off: !s.Toasts, QuietFrom: minutes(s.QuietFrom), QuietUntil: minutes(s.QuietUntil),
		PausedUntil: time.UnixMilli(s.PausedUntil),
	}
}

// hushed reports whether the user wants no toasts now.
func (a *App) hushed() bool { return a.set().rules().Hushed(a.now()) }

func (a *App) settingsFile() string { return filepath.Join(a.options.Data, "settings.json") }

// set are the settings, read when they are first asked for.
func (a *App) set() SettingsNow {
	a.settings.Lock()
	defer a.settings.Unlock()
	if a.settings.now != nil {
		return *a.settings.now
	}
	now := SettingsNow{Settings: firstSettings}
	broken, err := kept(a.settingsFile(), &now.Settings, func() error { return now.valid() })
	if err != nil {
		a.options.Log.Error("settings", "error", err)
		now = SettingsNow{Settings: firstSettings}
	}
	if broken {
		now.Problem = settingsBroken
	}
	a.settings.now = &now
	return now
}

// Settings are the settings.
func (a *App) Settings() SettingsNow {
	now := a.set()
	on, err := a.options.Autostart.On()
	if err != nil {
		a.options.Log.Info("autostart", "error", err)
	}
	now.StartWithSystem = on
	return now
}

// ChangeSettings keeps the settings, which hold from now on. It returns malformed.
func (a *App) ChangeSettings(s Settings) error {
	if err := s.valid(); err != nil {
		return err
	}
	if before := a.Settings(); before.StartWithSystem != s.StartWithSystem {
		if err := a.options.Autostart.Set(s.StartWithSystem); err != nil {
			return err
		}
	}
	if err := a.keepSettings(s); err != nil {
		return err
	}
	a.retell()
	if open, err := a.current(); err == nil {
		return open.replica.CountColleagues(context.Background(), s.Colleagues)
	}
	return nil
}

func (a *App) keepSettings(s Settings) error {
	a.settings.Lock()
	defer a.settings.Unlock()
	if err := keep(a.settingsFile(), s); err != nil {
		return err
	}
	a.settings.now = &SettingsNow{Settings: s}
	return nil
}

// program is how the system starts the app on a data folder.
func program(data string) autostart.Program {
	p := autostart.Program{Name: "Matterline", ID: "eu.matterline.desktop"}
	path, err := os.Executable()
	if err != nil {
		path = os.Args[0]
	}
	if whole, err := filepath.Abs(data); err == nil {
		data = whole
	}
	p.Command = []string{path, "--data=" + data}
	return p
}
