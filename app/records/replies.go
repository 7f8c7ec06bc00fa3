package records

import (
	"context"
	"errors"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// maxReplies is the most saved replies that the firm, and each user, may have.
const maxReplies = 500

// Replies lists the saved replies that a user may insert: the firm's and their own. It returns not_found.
func (s *Store) Replies(ctx context.Context, c chat.Caller) ([]chat.Reply, error) {
	if !c.User {
		return nil, chat.ErrNotFound
	}
	return sqldb.List(ctx, s.db, sqldb.Into(func(r *chat.Reply) []any { return []any{&r.ID, &r.Title, &r.Text, &r.Firm} }),
		`SELECT id, title, text, account = '' FROM replies WHERE account IN ('', $1) ORDER BY title, id`, c.Account)
}

// SaveReply adds or changes a saved reply. The device makes its id. It returns not_found, not_allowed if only an
// admin may change the firm's replies, malformed, required, too_long, too_many and the errors of ValidText.
func (s *Store) SaveReply(ctx context.Context, c chat.Caller, r chat.Reply) error {
	id, err := parseID(r.ID)
	if err != nil {
		return err
	}
	if r.Title, err = chat.ValidName("title", r.Title); err != nil {
		return err
	}
	if r.Text, err = chat.ValidText(r.Text); err != nil {
		return err
	}
	return s.changeReply(ctx, c, r.Firm, "reply.save", id.String(), func(tx *change, owner string) error {
		var full bool
		err := tx.Row(`SELECT count(*) >= $2 FROM replies WHERE account = $1 AND id <> $3`, owner, maxReplies, id.String()).Scan(&full)
		if err != nil {
			return err
		}
		if full {
			return chat.Errorf(chat.TooMany, "", "You can save up to %d replies. Remove some first.", maxReplies)
		}
		var was string
		err = tx.Row(`SELECT title FROM replies WHERE id = $1 AND account = $2`, id.String(), owner).Scan(&was)
		if err != nil && !errors.Is(err, sqldb.ErrNoRows) {
			return err
		}
		tx.differs("title", was, r.Title)
		return tx.changeFound(`
			INSERT INTO replies (id, account, title, text) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO UPDATE SET title = excluded.title, text = excluded.text WHERE replies.account = excluded.account`,
			id.String(), owner, r.Title, r.Text)
	})
}

// RemoveReply removes a saved reply. It returns not_found and not_allowed.
func (s *Store) RemoveReply(ctx context.Context, c chat.Caller, id string, firm bool) error {
	return s.changeReply(ctx, c, firm, "reply.remove", id, func(tx *change, owner string) error {
		var was string
		err := tx.Row(`DELETE FROM replies WHERE id = $1 AND account = $2 RETURNING title`, id, owner).Scan(&was)
		tx.differs("title", was, "")
		return notFound(err)
	})
}

// changeReply changes one of the caller's own replies, or one of the firm's. Only admins may change the firm's.
func (s *Store) changeReply(ctx context.Context, c chat.Caller, firm bool, action, id string, edit func(tx *change, owner string) error) error {
	owner, run := c.Account, s.change
	switch {
	case firm:
		owner, run = "", func(ctx context.Context, do func(*change) error) error { return s.asAdmin(ctx, c, do) }
	case !c.User:
		return chat.ErrNotFound
	}
	return run(ctx, func(tx *change) error {
		if err := edit(tx, owner); err != nil {
			return err
		}
		return s.audit(tx, c, action, "", id)
	})
}
