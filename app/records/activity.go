package records

import (
	"context"
	"errors"
	"fmt"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// clockTolerance is how far a device's claim of when something happened may be from the portal's time before the audit
// trail shows it, too.
const clockTolerance = 5 * time.Minute

// Report adds to the audit trail what users did on their devices, also in matters that they may no longer see. It returns
// an error or nil for each report: malformed, or not_found for a matter or participant that doesn't exist. A refused
// report doesn't hold back the others. The same id again adds nothing. Report itself returns not_found to participants.
func (s *Store) Report(ctx context.Context, c chat.Caller, reports []chat.Activity) (refusals []error, err error) {
	if !c.User {
		return nil, chat.ErrNotFound
	}
	refusals = make([]error, len(reports))
	err = s.change(ctx, func(tx *change) error {
		var added []chat.Activity
		for i, a := range reports {
			isNew, err := addReport(tx.Tx, c, a)
			refusals[i] = err
			if _, refused := errors.AsType[*chat.Error](err); err != nil && !refused {
				return fmt.Errorf("report activity: %w", err)
			}
			if isNew {
				added = append(added, a)
			}
		}
		for _, a := range added {
			now := s.millis()
			if at := chat.WrittenAt(a.At, now); max(at-now, now-at) > clockTolerance.Milliseconds() {
				tx.differs("at", "", time.UnixMilli(at).UTC().Format(time.RFC3339))
			}
			if err := s.audit(tx, c, a.Action, a.Matter, a.Participant); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return refusals, nil
}

// addReport stores a report's id, and reports whether it is new. It returns malformed and not_found.
func addReport(tx *sqldb.Tx, c chat.Caller, a chat.Activity) (isNew bool, err error) {
	id, err := parseID(a.ID)
	if err != nil {
		return false, err
	}
	var one int
	switch {
	case a.Action == chat.ExportChat:
		err = tx.Row(`SELECT 1 FROM participants WHERE id = $1 AND matter = $2`, a.Participant, a.Matter).Scan(&one)
	case a.Action != chat.ViewMatter && a.Action != chat.ExportMatter:
		err = chat.Errorf(chat.Malformed, "action", "The portal doesn't know this action.")
	case a.Participant != "":
		err = chat.Errorf(chat.Malformed, "participant", "Only the export of a chat has a participant.")
	default:
		err = tx.Row(`SELECT 1 FROM matters WHERE id = $1`, a.Matter).Scan(&one)
	}
	if err != nil {
		return false, notFound(err)
	}
	n, err := tx.ExecCount(`INSERT INTO activity (account, id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, c.Account, id.String())
	return n > 0, err
}
