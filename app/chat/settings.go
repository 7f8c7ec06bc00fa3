package chat

import "math"

// FirmSettings are what a firm decides about sessions, copies and matters.
type FirmSettings struct {
	IdleDays       int  `json:"idle_days" minimum:"1" maximum:"365" doc:"how many days a desktop session lasts without use"`
	ClientIdleDays int  `json:"client_idle_days" minimum:"0" maximum:"365" doc:"the same for a session in a browser; 0 means until the browser closes"`
	AbsoluteDays   int  `json:"absolute_days" minimum:"1" maximum:"400" doc:"how many days any session lasts"`
	OfflineDays    int  `json:"offline_days" minimum:"0" maximum:"400" doc:"after how many days without the portal a copy locks itself; 0 means never"`
	ReadExpired    bool `json:"read_expired" doc:"whether the desktop app shows its copy after its session has expired"`
	TeamManages    bool `json:"team_manages" doc:"whether a matter's team may reassign, close and reopen it, and change the team"`
	TwoStep        bool `json:"two_step" doc:"whether users need two-step verification to sign in; those without it set it up at their next sign-in"`
}

// DefaultFirmSettings are a new firm's.
var DefaultFirmSettings = FirmSettings{IdleDays: 30, ClientIdleDays: 30, AbsoluteDays: 180, OfflineDays: 14, ReadExpired: true}

// Loosens reports whether these settings, in place of others, take a protection of sign-ins, sessions or copies away.
func (s FirmSettings) Loosens(was FirmSettings) bool {
	offline := func(f FirmSettings) int {
		if f.OfflineDays == 0 {
			return math.MaxInt // never locks
		}
		return f.OfflineDays
	}
	return s.IdleDays > was.IdleDays || s.ClientIdleDays > was.ClientIdleDays || s.AbsoluteDays > was.AbsoluteDays || offline(s) > offline(was) ||
		s.ReadExpired && !was.ReadExpired || !s.TwoStep && was.TwoStep
}

// Valid returns malformed if a number of days is out of its range.
func (s FirmSettings) Valid() error {
	for _, days := range []struct {
		field              string
		value, least, most int
	}{
		{"idle_days", s.IdleDays, 1, 365},
		{"client_idle_days", s.ClientIdleDays, 0, 365},
		{"absolute_days", s.AbsoluteDays, 1, 400},
		{"offline_days", s.OfflineDays, 0, 400},
	} {
		if days.value < days.least || days.value > days.most {
			return Errorf(Malformed, days.field, "Enter a number from %d to %d.", days.least, days.most)
		}
	}
	return nil
}
