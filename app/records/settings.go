package records

import (
	"context"
	"strconv"
	"sync"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

const selectSettings = `SELECT idle_days, client_idle_days, absolute_days, offline_days, read_expired, team_manages, two_step FROM firm_settings`

func settingsFields(s *chat.FirmSettings) []any {
	return []any{&s.IdleDays, &s.ClientIdleDays, &s.AbsoluteDays, &s.OfflineDays, &s.ReadExpired, &s.TeamManages, &s.TwoStep}
}

// Settings reads what the firm has decided. It returns not_found to a participant.
func (s *Store) Settings(ctx context.Context, c chat.Caller) (chat.FirmSettings, error) {
	if !c.User {
		return chat.FirmSettings{}, chat.ErrNotFound
	}
	return s.settings(ctx)
}

func (s *Store) settings(ctx context.Context) (chat.FirmSettings, error) {
	return sqldb.Get(ctx, s.db, sqldb.Into(settingsFields), selectSettings)
}

// recentSettings are the settings as this node last read them for its streams.
type recentSettings struct {
	mu      sync.Mutex
	value   chat.FirmSettings
	until   time.Time
	known   bool // there is a value
	reading bool
}

// RecentSettings returns the settings as they were not long ago. Every live stream needs them before each ping, so one
// stream reads them for all, and the others don't wait for it: the database may hang.
func (s *Store) RecentSettings(ctx context.Context) (chat.FirmSettings, error) {
	r := &s.recentSettings
	now := s.now()
	r.mu.Lock()
	left := r.until.Sub(now)
	if r.known && (r.reading || left > 0 && left <= settingsTTL) { // a clock that went back doesn't keep them
		defer r.mu.Unlock()
		return r.value, nil
	}
	r.reading = true
	r.mu.Unlock()

	settings, err := s.settings(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reading = false
	if err == nil {
		r.value, r.until, r.known = settings, now.Add(settingsTTL), true
	}
	return settings, err
}

func (r *recentSettings) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.until = time.Time{}
}

const settingsTTL = 5 * time.Second

func readSettings(tx *sqldb.Tx) (chat.FirmSettings, error) {
	return sqldb.Into(settingsFields)(tx.Row(selectSettings).Scan)
}

// SetSettings changes what the firm has decided. It returns not_found, not_allowed, malformed and, if it loosens
// something, confirm_first.
func (s *Store) SetSettings(ctx context.Context, c chat.Caller, to chat.FirmSettings) error {
	defer s.recentSettings.forget()
	return s.asAdmin(ctx, c, func(tx *change) error {
		if err := to.Valid(); err != nil {
			return err
		}
		was, err := readSettings(tx.Tx)
		if err != nil {
			return err
		}
		if to.Loosens(was) {
			if err := s.mustBeConfirmed(tx, c); err != nil {
				return err
			}
		}
		noteSettings(tx, was, to)
		err = tx.Exec(`UPDATE firm_settings SET idle_days = $1, client_idle_days = $2, absolute_days = $3, offline_days = $4, read_expired = $5, team_manages = $6, two_step = $7`,
			to.IdleDays, to.ClientIdleDays, to.AbsoluteDays, to.OfflineDays, to.ReadExpired, to.TeamManages, to.TwoStep)
		if err != nil {
			return err
		}
		return s.audit(tx, c, "firm.settings", "", "")
	})
}

// noteSettings notes what changed for the audit trail.
func noteSettings(tx *change, was, to chat.FirmSettings) {
	tx.differs("idle_days", strconv.Itoa(was.IdleDays), strconv.Itoa(to.IdleDays))
	tx.differs("client_idle_days", strconv.Itoa(was.ClientIdleDays), strconv.Itoa(to.ClientIdleDays))
	tx.differs("absolute_days", strconv.Itoa(was.AbsoluteDays), strconv.Itoa(to.AbsoluteDays))
	tx.differs("offline_days", strconv.Itoa(was.OfflineDays), strconv.Itoa(to.OfflineDays))
	tx.differs("read_expired", strconv.FormatBool(was.ReadExpired), strconv.FormatBool(to.ReadExpired))
	tx.differs("team_manages", strconv.FormatBool(was.TeamManages), strconv.FormatBool(to.TeamManages))
	tx.differs("two_step", strconv.FormatBool(was.TwoStep), strconv.FormatBool(to.TwoStep))
}
