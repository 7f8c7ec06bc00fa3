package records

import (
	"context"
	"errors"
	"strconv"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Erasure is what a device deleted besides its copy: what it hadn't sent.
type Erasure struct{ Messages, Drafts int }

// ReportErasure records in the audit trail that the device of a token has deleted its copy. Reporting again changes
// nothing. If the session is there again, because the store was put back to an earlier state, it ends. It returns
// not_found for a token that never had a session, or had one long ago.
func (s *Store) ReportErasure(ctx context.Context, token string, what Erasure, from chat.Origin) error {
	hash := hashSecret(token)
	return s.change(ctx, func(tx *change) error {
		c, id, erased, err := endedSession(tx.Tx, hash)
		if errors.Is(err, chat.ErrNotFound) {
			if err := s.endRestored(tx, hash); err != nil {
				return err
			}
			c, id, erased, err = endedSession(tx.Tx, hash)
		}
		if err != nil || erased {
			return err
		}
		n, err := tx.ExecCount(`UPDATE ended_sessions SET erased_at = $2 WHERE token = $1 AND erased_at = 0`, hash, s.millis())
		if err != nil || n == 0 { // a report at the same time was faster
			return err
		}
		c.Address = from.Address
		tx.differs("unsent_messages", "", strconv.Itoa(what.Messages))
		tx.differs("drafts", "", strconv.Itoa(what.Drafts))
		return s.audit(tx, c, "device.erase", "", id)
	})
}

// endRestored ends a session by its token's hash. It returns not_found.
func (s *Store) endRestored(tx *change, hash string) error {
	var id, account string
	if err := tx.Row(`SELECT id, account FROM sessions WHERE token = $1`, hash).Scan(&id, &account); err != nil {
		return notFound(err)
	}
	e := s.ending(endedByErasure)
	e.erase = true
	_, err := tx.endSession(account, id, e)
	if errors.Is(err, chat.ErrNotFound) { // a report at the same time was faster
		err = nil
	}
	return err
}

// endedSession finds an ended session by its token's hash. It returns not_found.
func endedSession(tx *sqldb.Tx, hash string) (c chat.Caller, id string, erased bool, err error) {
	err = tx.Row(`SELECT id, account, device, erased_at > 0 FROM ended_sessions WHERE token = $1`, hash).Scan(&id, &c.Account, &c.Device, &erased)
	return c, id, erased, notFound(err)
}
