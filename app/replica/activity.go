package replica

import (
	"context"
	"slices"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// Exports, and admins' views of matters that aren't theirs, happen in the copy, also offline. They are written to
// own.db for the portal's audit trail and stay there when the user loses access to the matter.

// viewInterval is how long a matter counts as viewed: it may be read many times while it's on screen.
const viewInterval = time.Hour

// ReportExport reports that the user exports a chat, or a whole matter if participant is empty.
func (r *Replica) ReportExport(ctx context.Context, matter, participant string) error {
	a := chat.Activity{Action: chat.ExportMatter, Matter: matter, Participant: participant}
	if participant != "" {
		a.Action = chat.ExportChat
	}
	return r.tx(ctx, func(tx *sqldb.Tx) error { return r.report(tx, a) })
}

// ReportView reports that the user views a matter, if they may only because they are an admin: it's neither assigned to
// them nor are they on its team. Each matter is reported once in an hour. added is false if there was nothing to report.
func (r *Replica) ReportView(ctx context.Context, m Matter) (added bool, err error) {
	if m.Mine || slices.Contains(m.Team, r.user.ID) {
		return false, nil
	}
	var viewed bool
	look := func(tx *sqldb.Tx) error {
		now := r.now()
		return tx.Row(`SELECT EXISTS (SELECT 1 FROM own.activity WHERE action = $1 AND matter = $2 AND at > $3 AND at <= $4)`,
			chat.ViewMatter, id(m.ID), now.Add(-viewInterval).UnixMilli(), now.UnixMilli()).Scan(&viewed)
	}
	if err := r.view(ctx, look); err != nil || viewed { // first without waiting for writers
		return false, err
	}
	err = r.tx(ctx, func(tx *sqldb.Tx) error {
		if err := look(tx); err != nil || viewed {
			return err
		}
		return r.report(tx, chat.Activity{Action: chat.ViewMatter, Matter: m.ID})
	})
	return err == nil && !viewed, err
}

func (r *Replica) report(tx *sqldb.Tx, a chat.Activity) error {
	now := r.now()
	err := tx.Exec(`DELETE FROM own.activity WHERE sent AND NOT (at > $1 AND at <= $2)`, now.Add(-viewInterval).UnixMilli(), now.UnixMilli())
	if err != nil {
		return err
	}
	return tx.Exec(`INSERT INTO own.activity (id, action, matter, participant, at, sent) VALUES ($1, $2, $3, $4, $5, 0)`,
		id(newID()), a.Action, id(a.Matter), id(a.Participant), now.UnixMilli())
}

// UnsentActivity returns the oldest reports that the portal doesn't have, up to a limit.
func (r *Replica) UnsentActivity(ctx context.Context, limit int) (reports []chat.Activity, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) (err error) {
		reports, err = sqldb.All(tx, sqldb.Into(func(a *chat.Activity) []any {
			return []any{scanID(&a.ID), &a.Action, scanID(&a.Matter), scanID(&a.Participant), &a.At}
		}), `SELECT id, action, matter, participant, at FROM own.activity WHERE NOT sent ORDER BY n LIMIT $1`, limit)
		return err
	})
	return reports, err
}

// ConfirmActivity stores that the portal has these reports, or has refused them for good.
func (r *Replica) ConfirmActivity(ctx context.Context, ids []string) error {
	return r.tx(ctx, func(tx *sqldb.Tx) error {
		for _, report := range ids {
			if err := tx.Exec(`UPDATE own.activity SET sent = 1 WHERE id = $1`, id(report)); err != nil {
				return err
			}
		}
		return nil
	})
}
