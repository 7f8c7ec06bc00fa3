package records

import (
	"context"
	"errors"
	"sync"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

var errExpired = chat.Errorf(chat.SignedOut, "", "Please sign in again.")

// Caller returns the caller that a token belongs to, like CallerFrom, from an address that isn't known.
func (s *Store) Caller(ctx context.Context, token string) (c chat.Caller, err error) {
	return s.CallerFrom(ctx, token, "")
}

// CallerFrom returns the caller that a token belongs to, and notes that the session is used from an IP address. It
// returns signed_out, also for a session that has expired. That one isn't removed here, because the clock may be wrong.
// Every request needs it, so results are cached briefly. The cache is cleared when a session ends on this node.
func (s *Store) CallerFrom(ctx context.Context, token, address string) (c chat.Caller, err error) {
	hash := hashSecret(token)
	if cached, known := s.callers.get(hash, s.now()); known {
		return cached, nil
	}
	clears := s.callers.clearCount()
	var used sessionUse
	var limits chat.FirmSettings
	c, err = sqldb.Get(ctx, s.db, sqldb.Into(func(c *chat.Caller) []any {
		return []any{&c.Account, &c.Name, &c.User, &c.Admin, &c.Email, &c.Alike, &c.Covers, &c.Device, &c.Kind, &c.Session, &c.Reminders, &used.started, &used.at, &used.address, &limits.IdleDays, &limits.ClientIdleDays, &limits.AbsoluteDays, &limits.ReadExpired}
	}), `
		SELECT a.id, a.name, a.is_user, a.is_admin, a.email, a.alike, a.covers_mark, s.device, s.kind, s.id, a.reminders, s.created_at, s.used_at, s.address, idle_days, client_idle_days, absolute_days, read_expired
		FROM sessions s JOIN accounts a ON a.id = s.account CROSS JOIN firm_settings
		WHERE s.token = $1 AND a.active`, hash)
	if errors.Is(err, sqldb.ErrNoRows) {
		return c, s.whyEnded(ctx, token)
	}
	if err != nil {
		return c, err
	}
	if err := s.endHeadStart(ctx, hash, &used); err != nil {
		return chat.Caller{}, err
	}
	if idle, absolute := sessionLimits(limits, c.User); used.at <= s.before(idle) || used.started <= s.before(absolute) {
		return chat.Caller{}, mayReadEnded(limits.ReadExpired || !c.User, token, errExpired.Message)
	}
	s.callers.put(hash, c, s.now(), clears)
	s.noteUse(ctx, hash, used, address)
	return c, nil
}

// untilClosed is how long a session lasts without use if the firm lets it last until the browser closes. The browser
// forgets it then, but doesn't tell the portal.
const untilClosed = 7 * 24 * time.Hour

// sessionLimits are how long the sessions of users, or of participants, last without use, and at all.
func sessionLimits(limits chat.FirmSettings, user bool) (idle, absolute time.Duration) {
	const day = 24 * time.Hour
	idle = time.Duration(limits.ClientIdleDays) * day
	if user {
		idle = time.Duration(limits.IdleDays) * day
	} else if idle == 0 {
		idle = untilClosed
	}
	return idle, time.Duration(limits.AbsoluteDays) * day
}

// CookieAge is how long a browser keeps the cookie with its token. It is 0 if the firm lets it do so until it closes.
func (s *Store) CookieAge(ctx context.Context) (time.Duration, error) {
	limits, err := s.settings(ctx)
	if limits.ClientIdleDays == 0 {
		return 0, err
	}
	_, absolute := sessionLimits(limits, false)
	return absolute, err
}

// before is the time that was so long ago.
func (s *Store) before(age time.Duration) int64 { return s.now().Add(-age).UnixMilli() }

// sessionUse is when a session started, and its last noted use.
type sessionUse struct {
	started, at int64
	address     string
}

// headStart is how far the clocks of the portal's nodes may differ.
const headStart = 5 * time.Minute

// endHeadStart makes a session that began, or was used, while the portal's clock was ahead begin now, so that it
// doesn't last longer than others by as much. It does nothing while the clock is behind: housekeeping's clock shows
// that.
func (s *Store) endHeadStart(ctx context.Context, hash string, use *sessionUse) error {
	now := s.millis()
	if latest := now + headStart.Milliseconds(); use.started <= latest && use.at <= latest {
		return nil
	}
	err := s.db.Tx(ctx, func(tx *sqldb.Tx) error {
		return tx.Row(`
			UPDATE sessions SET created_at = CASE WHEN created_at > $2 THEN $2 ELSE created_at END, used_at = CASE WHEN used_at > $2 THEN $2 ELSE used_at END
			WHERE token = $1 AND (SELECT clock FROM housekeeping) <= $2 RETURNING created_at, used_at`, hash, now).Scan(&use.started, &use.at)
	})
	if errors.Is(err, sqldb.ErrNoRows) {
		err = nil
	}
	return err
}

const (
	// useNoted is how exactly the store knows when a session was last used.
	useNoted = time.Hour
	// moveNoted is the same for a session that is used from another address.
	moveNoted = 5 * time.Minute
)

// noteUse notes that a session is in use. If that fails, a later request notes it.
func (s *Store) noteUse(ctx context.Context, hash string, last sessionUse, address string) {
	if address == "" {
		address = last.address
	}
	noted := useNoted
	if address != last.address {
		noted = moveNoted
	}
	now := s.millis()
	if now-last.at < noted.Milliseconds() {
		return
	}
	_ = s.db.Tx(ctx, func(tx *sqldb.Tx) error {
		return tx.Exec(`UPDATE sessions SET used_at = $2, address = $3 WHERE token = $1 AND used_at < $2`, hash, now, address)
	})
}

// callers caches the callers of tokens.
type callers struct {
	mu    sync.Mutex
	known map[string]knownCaller
	// clears counts calls of clear: a caller read before a clear must not be cached after it.
	clears int
}

type knownCaller struct {
	caller chat.Caller
	until  time.Time
}

const (
	callerTTL  = 5 * time.Second
	maxCallers = 10_000
)

func (k *callers) get(hash string, now time.Time) (chat.Caller, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, known := k.known[hash]
	return c.caller, known && now.Before(c.until)
}

func (k *callers) clearCount() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.clears
}

func (k *callers) put(hash string, c chat.Caller, now time.Time, clearsBefore int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if clearsBefore != k.clears {
		return
	}
	if len(k.known) >= maxCallers || k.known == nil {
		k.known = map[string]knownCaller{}
	}
	k.known[hash] = knownCaller{c, now.Add(callerTTL)}
}

func (k *callers) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.known)
	k.clears++
}
