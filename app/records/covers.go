package records

import (
	"context"
	"errors"
	"strconv"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Covers returns the covers that have not ended and concern the caller or, for admins, anyone. The first to end is first.
// It returns not_found to a participant.
func (s *Store) Covers(ctx context.Context, c chat.Caller) ([]chat.Cover, error) {
	if !c.User {
		return nil, chat.ErrNotFound
	}
	return sqldb.List(ctx, s.db, sqldb.Into(func(c *chat.Cover) []any {
		return []any{&c.Account, &c.Name, &c.By, &c.ByName, &c.ByAdmin, &c.From, &c.Until, &c.Alone, &c.CantOpen}
	}), `
		SELECT v.account, a.name, v.cover, b.name, b.is_admin, v.starts_at, v.ends_at, v.alone,
			CASE WHEN b.is_admin OR v.account <> $2 AND NOT $3 THEN 0 ELSE (SELECT count(*) FROM matters m WHERE m.assigned = v.account AND m.closed_at = 0
				AND NOT EXISTS (SELECT 1 FROM team t WHERE t.matter = m.id AND t.account = v.cover)) END
		FROM covers v JOIN accounts a ON a.id = v.account JOIN accounts b ON b.id = v.cover
		WHERE v.ends_at > $1 AND (v.account = $2 OR v.cover = $2 OR $3) ORDER BY v.ends_at, v.account`, s.millis(), c.Account, c.Admin)
}

// SetCover sets who covers for a user, instead of who did before: their own, or as an admin anyone's. It returns not_found,
// not_allowed and malformed, also for a colleague who is deactivated, or away at the time.
func (s *Store) SetCover(ctx context.Context, c chat.Caller, cover chat.Cover) error {
	if err := mayCover(c, cover.Account); err != nil {
		return err
	}
	if err := cover.Valid(s.now()); err != nil {
		return err
	}
	if cover.By == cover.Account {
		return chat.Errorf(chat.Malformed, "by", "Choose a colleague.")
	}
	return s.change(ctx, func(tx *change) error {
		// Of two covers that are set at once, each for the other, the second finds the first.
		if err := lockUser(tx, cover.Account); err != nil {
			return err
		}
		for _, user := range []struct{ id, field, message string }{
			{cover.Account, "", "This user is deactivated."},
			{cover.By, "by", "Choose someone who is an active user."},
		} {
			var active bool
			if err := tx.Row(`SELECT active AND is_user FROM accounts WHERE id = $1`, user.id).Scan(&active); err != nil && !errors.Is(err, sqldb.ErrNoRows) {
				return err
			}
			if !active {
				return chat.Errorf(chat.Malformed, user.field, "%s", user.message)
			}
		}
		was, err := tx.cover(cover.Account)
		if err != nil {
			return err
		}
		away, err := tx.cover(cover.By)
		if err != nil {
			return err
		}
		if away.By != "" && away.From < cover.Until && cover.From < away.Until {
			return chat.Errorf(chat.Malformed, "by", "This colleague is away then, too, and has a cover. Choose someone else.")
		}
		err = tx.Exec(`
			INSERT INTO covers (account, cover, starts_at, ends_at, alone) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (account) DO UPDATE SET cover = $2, starts_at = $3, ends_at = $4, alone = $5`,
			cover.Account, cover.By, cover.From, cover.Until, cover.Alone)
		if err != nil {
			return err
		}
		noteCover(tx, was, cover)
		return s.coverChanged(tx, c, cover.Account, was.By, cover.By)
	})
}

// EndCover ends a user's cover now. It returns not_found and not_allowed. A user without a cover is fine.
func (s *Store) EndCover(ctx context.Context, c chat.Caller, account string) error {
	if err := mayCover(c, account); err != nil {
		return err
	}
	return s.change(ctx, func(tx *change) error {
		if err := lockUser(tx, account); err != nil {
			return err
		}
		was, err := tx.cover(account)
		if err != nil || was.By == "" {
			return err
		}
		return s.endCover(tx, c, was)
	})
}

func (s *Store) endCover(tx *change, c chat.Caller, was chat.Cover) error {
	if err := tx.Exec(`DELETE FROM covers WHERE account = $1`, was.Account); err != nil {
		return err
	}
	noteCover(tx, was, chat.Cover{})
	return s.coverChanged(tx, c, was.Account, was.By)
}

// endCovers ends the covers by and for a user who is deactivated.
func (s *Store) endCovers(tx *change, c chat.Caller, user string) error {
	accounts, err := sqldb.All(tx.Tx, sqldb.Column[string], `SELECT account FROM covers WHERE account = $1 OR cover = $1 ORDER BY account`, user)
	if err != nil {
		return err
	}
	for _, account := range accounts {
		was, err := tx.cover(account)
		if err == nil {
			err = s.endCover(tx, c, was)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mayCover returns not_found to participants and not_allowed to other users than the account's own and admins.
func mayCover(c chat.Caller, account string) error {
	if c.User && c.Account == account {
		return nil
	}
	return onlyAdmins(c)
}

// cover reads a user's cover. It is empty if there is none.
func (tx *change) cover(account string) (cover chat.Cover, err error) {
	err = tx.Row(`SELECT account, cover, starts_at, ends_at, alone FROM covers WHERE account = $1`, account).
		Scan(&cover.Account, &cover.By, &cover.From, &cover.Until, &cover.Alone)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = nil
	}
	return cover, err
}

// coverChanged makes the devices of those concerned read the covers again.
func (s *Store) coverChanged(tx *change, c chat.Caller, account string, colleagues ...string) error {
	for _, id := range append(colleagues, account) {
		if err := tx.Exec(`UPDATE accounts SET covers_mark = $2 WHERE id = $1`, id, newID()); err != nil {
			return err
		}
		tx.broadcast.accounts = append(tx.broadcast.accounts, id)
	}
	return s.audit(tx, c, "user.cover", "", account)
}

// noteCover notes what changed for the audit trail.
func noteCover(tx *change, was, to chat.Cover) {
	at := func(millis int64) string {
		if millis == 0 {
			return ""
		}
		return time.UnixMilli(millis).UTC().Format(time.RFC3339)
	}
	tx.differs("cover", was.By, to.By)
	tx.differs("from", at(was.From), at(to.From))
	tx.differs("until", at(was.Until), at(to.Until))
	tx.differs("alone", strconv.FormatBool(was.Alone), strconv.FormatBool(to.Alone))
}
