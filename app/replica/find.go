package replica

import (
	"context"
	"errors"
	"math"

	"matterline/app/chat"
	"matterline/app/search"
	"matterline/app/sqldb"
)

// ChatAt reads the page of a chat with the first message sent at a time or later in its middle, or the newest page if
// there is no such message. It returns not_found.
func (r *Replica) ChatAt(ctx context.Context, participant string, at int64) (Chat, error) {
	return r.chat(ctx, participant, func(tx *sqldb.Tx, n int64, c *Chat) error {
		version, err := versionAt(tx, n, at)
		if err != nil {
			return err
		}
		return r.around(tx, n, c, version)
	}, true)
}

// versionAt returns the version of a chat's first message that was sent at a time or later, or a higher version than
// any. It's a binary search: in a chat, a later version was sent later.
func versionAt(tx *sqldb.Tx, n, at int64) (int64, error) {
	var low, high int64
	err := tx.Row(`SELECT coalesce((SELECT version FROM messages WHERE chat = $1 ORDER BY version LIMIT 1), 0),
		coalesce((SELECT version FROM messages WHERE chat = $1 ORDER BY version DESC LIMIT 1), 0) + 1`, n).Scan(&low, &high)
	for err == nil && low < high {
		middle := low + (high-low)/2
		var version, sentAt int64
		err = tx.Row(`SELECT version, sent_at FROM messages WHERE chat = $1 AND version >= $2 ORDER BY version LIMIT 1`, n, middle).Scan(&version, &sentAt)
		switch {
		case errors.Is(err, sqldb.ErrNoRows):
			high, err = middle, nil
		case sentAt >= at:
			high = middle
		default:
			low = version + 1
		}
	}
	return high, err
}

// FoundMessage is a message found in a chat.
type FoundMessage struct {
	Message string `json:"message"`
	Version int64  `json:"version"`
}

// FoundMessages is the result of a search in a chat.
type FoundMessages struct {
	// Found has the newest first.
	Found []FoundMessage `json:"found"`
	// More reports whether there are even more, which are older.
	More bool `json:"more"`
}

// maxFound limits a search in a chat.
const maxFound = 1000

// Find finds a chat's messages by the same rules as Search, without filters. It returns not_found.
func (r *Replica) Find(ctx context.Context, participant, text string) (found FoundMessages, err error) {
	terms := search.Terms(text)
	found.Found = []FoundMessage{}
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		c, err := findChat(tx, id(participant))
		if err != nil || len(terms) == 0 {
			return err
		}
		for before := int64(math.MaxInt64); !found.More; { // in portions, because only this loop knows when to stop
			const portion = 1000
			read, err := sqldb.All(tx, func(scan sqldb.Scan) (s FoundMessage, err error) {
				var text string
				if err = scan(scanID(&s.Message), &s.Version, &text); err == nil && search.ContainAll(search.Words(text), terms) {
					found.Found = append(found.Found, s)
				}
				return s, err
			}, `SELECT id, version, text FROM messages WHERE chat = $1 AND version < $2 ORDER BY version DESC LIMIT $3`, c.n, before, portion)
			if err != nil {
				return err
			}
			if found.More = len(found.Found) > maxFound; found.More {
				found.Found = found.Found[:maxFound]
			}
			if len(read) < portion {
				return nil
			}
			before = read[len(read)-1].Version
		}
		return nil
	})
	return found, err
}

// VersionOf returns the version of a message in a chat. It returns not_found.
func (r *Replica) VersionOf(ctx context.Context, participant, message string) (version int64, err error) {
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		c, err := findChat(tx, id(participant))
		if err != nil {
			return err
		}
		err = tx.Row(`SELECT version FROM messages WHERE id = $1 AND chat = $2`, id(message), c.n).Scan(&version)
		if errors.Is(err, sqldb.ErrNoRows) {
			return chat.ErrNotFound
		}
		return err
	})
	return version, err
}
