package replica

import (
	"context"
	"errors"

	"matterline/app/sqldb"
)

// Draft is what was typed in a chat and not sent.
type Draft struct {
	Text      string `json:"text"`
	SetStatus bool   `json:"set_status"`
}

// SaveDraft keeps what was typed in a chat.
func (r *Replica) SaveDraft(ctx context.Context, participant string, d Draft) error {
	return r.db.Tx(ctx, func(tx *sqldb.Tx) error { return saveDraft(tx, participant, d) })
}

func saveDraft(tx *sqldb.Tx, participant string, d Draft) error {
	if d == (Draft{}) {
		_, err := tx.Exec(`DELETE FROM drafts WHERE participant = $1`, participant)
		return err
	}
	_, err := tx.Exec(`INSERT INTO drafts (participant, text, set_status) VALUES ($1, $2, $3) ON CONFLICT (participant) DO UPDATE SET text = $2, set_status = $3`,
		participant, d.Text, d.SetStatus)
	return err
}

func draftOf(tx *sqldb.Tx, participant string) (d Draft, err error) {
	err = tx.Row(`SELECT text, set_status FROM drafts WHERE participant = $1`, participant).Scan(&d.Text, &d.SetStatus)
	if errors.Is(err, sqldb.ErrNoRows) {
		err = nil
	}
	return d, err
}
