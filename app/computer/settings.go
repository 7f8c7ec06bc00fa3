package computer

import (
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"matterline/app/alert"
	"matterline/app/chat"
)

// Settings are the user's settings on this computer, for all accounts.
type Settings struct {
	Theme    string `json:"theme"`     // system, light or dark
	TextSize int    `json:"text_size"` // in percent
	Dates    string `json:"dates"`     // system, or a language tag
	// StartWithSystem is the system's own setting, which GetAll reads.
	StartWithSystem bool `json:"start_with_system"`
	CloseToTray     bool `json:"close_to_tray"`
	// Colleagues raises alerts also for what other users write in the user's matters.
	Colleagues bool `json:"colleagues"`
	// Notifications turns notifications on. Its JSON name is an older one, which users' files have.
	Notifications bool `json:"toasts"`
	Preview       bool `json:"preview"`
	// QuietFrom and QuietUntil are the quiet hours, as "18:30". Both are empty for none.
	QuietFrom   string `json:"quiet_from"`
	QuietUntil  string `json:"quiet_until"`
	PausedUntil int64  `json:"paused_until"`
}

// CurrentSettings are the settings with a sentence on what is wrong with them, if anything is.
type CurrentSettings struct {
	Settings
	Problem string `json:"problem"`
}

// DefaultSettings are the settings until the user changes them.
var DefaultSettings = Settings{Theme: "system", TextSize: 100, Dates: "system", CloseToTray: true, Colleagues: true, Notifications: true, Preview: true}

var (
	themes        = []string{"system", "light", "dark"}
	textSizes     = []int{100, 115, 130}
	dateLanguages = []string{"system", "en-GB", "en-US", "de", "es", "fr", "it", "nl", "pl", "pt"}
)

// validate returns malformed.
func (s Settings) validate() error {
	wrong := func(field string) error {
		return chat.Errorf(chat.Malformed, field, "Choose one of the values in the list.")
	}
	switch {
	case !slices.Contains(themes, s.Theme):
		return wrong("theme")
	case !slices.Contains(textSizes, s.TextSize):
		return wrong("text_size")
	case !slices.Contains(dateLanguages, s.Dates):
		return wrong("dates")
	case (s.QuietFrom == "") != (s.QuietUntil == ""):
		return chat.Errorf(chat.Malformed, "quiet_from", "Enter a start and an end for quiet hours.")
	case s.QuietFrom != "" && s.QuietFrom == s.QuietUntil:
		return chat.Errorf(chat.Malformed, "quiet_until", "Quiet hours can't end when they start. Enter another time.")
	}
	for field, at := range map[string]string{"quiet_from": s.QuietFrom, "quiet_until": s.QuietUntil} {
		if _, err := time.Parse("15:04", at); at != "" && err != nil {
			return chat.Errorf(chat.Malformed, field, "Enter a time such as 18:30.")
		}
	}
	return nil
}

// MuteRules are the settings that hold notifications back.
func (s Settings) MuteRules() alert.MuteRules {
	minutes := func(at string) int {
		t, _ := time.Parse("15:04", at) // valid, or empty
		return t.Hour()*60 + t.Minute()
	}
	return alert.MuteRules{
		Off: !s.Notifications, QuietFrom: minutes(s.QuietFrom), QuietUntil: minutes(s.QuietUntil),
		PausedUntil: time.UnixMilli(s.PausedUntil),
	}
}

// Autostart reads and sets whether the system starts the app when the user signs in to the computer.
type Autostart interface {
	On() (bool, error)
	Set(on bool) error
}

// SettingsFile keeps the settings in settings.json.
type SettingsFile struct {
	path      string
	autostart Autostart
	log       *slog.Logger

	mu      sync.Mutex
	current *CurrentSettings // nil until they are first read
}

// NewSettingsFile keeps the settings in a folder.
func NewSettingsFile(dir string, autostart Autostart, log *slog.Logger) *SettingsFile {
	return &SettingsFile{path: filepath.Join(dir, "settings.json"), autostart: autostart, log: log}
}

// Get returns the settings, all but StartWithSystem.
func (f *SettingsFile) Get() CurrentSettings {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.current != nil {
		return *f.current
	}
	s := CurrentSettings{Settings: DefaultSettings}
	broken, err := readJSON(f.path, &s.Settings, func() error { return s.validate() })
	if err != nil {
		f.log.Error("read settings", "error", err)
		s.Settings = DefaultSettings
		if !broken { // the next call may be able to read them
			return s
		}
		s.Problem = "Your settings couldn't be read and were reset to defaults. The old file is kept as settings.json.broken."
	}
	f.current = &s
	return s
}

// GetAll returns the settings, and asks the system for StartWithSystem.
func (f *SettingsFile) GetAll() CurrentSettings {
	s := f.Get()
	on, err := f.autostart.On()
	if err != nil {
		f.log.Info("read autostart", "error", err)
	}
	s.StartWithSystem = on
	return s
}

// Set changes the settings. It returns malformed.
func (f *SettingsFile) Set(s Settings) error {
	if err := s.validate(); err != nil {
		return err
	}
	if f.GetAll().StartWithSystem != s.StartWithSystem {
		if err := f.autostart.Set(s.StartWithSystem); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := WriteJSON(f.path, s); err != nil {
		return err
	}
	f.current = &CurrentSettings{Settings: s}
	return nil
}
