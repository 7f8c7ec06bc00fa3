package replica

import (
	"context"

	"matterline/app/sqldb"
)

// Draft is a chat's message box: what the user typed and hasn't sent.
type Draft struct {
	Text      string `json:"text"`
	SetStatus bool   `json:"set_status"`
}

// SaveDraft stores a chat's draft.
func (r *Replica) SaveDraft(ctx context.Context, participant string, d Draft) error {
	return r.tx(ctx, func(tx *sqldb.Tx) error { return saveDraft(tx, id(participant), d) })
}

// AddToDraft adds a text to what a chat's message box has.
func (r *Replica) AddToDraft(ctx context.Context, participant, text string) error {
	return r.tx(ctx, func(tx *sqldb.Tx) error {
		d, err := draftOf(tx, id(participant))
		if err != nil {
			return err
		}
		if d.Text != "" {
			text = d.Text + "\n\n" + text
		}
		return saveDraft(tx, id(participant), Draft{Text: text, SetStatus: d.SetStatus})
	})
}

func saveDraft(tx *sqldb.Tx, participant id, d Draft) error {
	if d == (Draft{}) {
		return tx.Exec(`DELETE FROM own.drafts WHERE participant = $1`, participant)
	}
	return tx.Exec(`INSERT INTO own.drafts (participant, text, set_status) VALUES ($1, $2, $3) ON CONFLICT (participant) DO UPDATE SET text = $2, set_status = $3`,
		participant, d.Text, d.SetStatus)
}

func draftOf(tx *sqldb.Tx, participant id) (d Draft, err error) {
	err = tx.Row(`SELECT text, set_status FROM own.drafts WHERE participant = $1`, participant).Scan(&d.Text, &d.SetStatus)
	return d, ignoreNoRows(err)
}

// Setting returns a setting of this user on this device, or an empty string.
func (r *Replica) Setting(ctx context.Context, name string) (value string, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		return ignoreNoRows(tx.Row(`SELECT value FROM own.settings WHERE name = $1`, name).Scan(&value))
	})
	return value, err
}

// Set stores a setting.
func (r *Replica) Set(ctx context.Context, name, value string) error {
	return r.tx(ctx, func(tx *sqldb.Tx) error { return set(tx, name, value) })
}

func set(tx *sqldb.Tx, name, value string) error {
	return tx.Exec(`INSERT INTO own.settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2`, name, value)
}

// Unsaved returns how many messages and drafts only this device has.
func (r *Replica) Unsaved(ctx context.Context) (messages, drafts int, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		return tx.Row(`SELECT (SELECT count(*) FROM own.outbox WHERE kind = 'message'), (SELECT count(*) FROM own.drafts WHERE text <> '')`).Scan(&messages, &drafts)
	})
	return messages, drafts, err
}
