package replica

import (
	"context"
	"errors"
	"math"

	"matterline/app/search"
	"matterline/app/sqldb"
)

// ChatAt reads the page of a chat that begins its middle with the first message sent at a time or later, or
// the newest page if there is none. It returns not_found.
func (r *Replica) ChatAt(ctx context.Context, participant string, at int64) (Chat, error) {
	return r.chat(ctx, participant, func(tx *sqldb.Tx, n int64, c *Chat) error {
		version, err := versionAt(tx, n, at)
		if err != nil {
			return err
		}
		return r.around(tx, n, c, version)
	}, true)
}

// versionAt is the version of a chat's first message that was sent at a time or later, or above all of them. In
// a chat later versions were sent later, so half of those that are left are ruled out at each step.
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

// Spot is where a message stands in its chat.
type Spot struct {
	Message string `json:"message"`
	Version int64  `json:"version"`
}

// Spots are where something was said in a chat.
type Spots struct {
	// Found are the newest first.
	Found []Spot `json:"found"`
	// More says that it was said even more often, longer ago.
	More bool `json:"more"`
}

// maxSpots is how many are found in a chat.
const maxSpots = 1000

// Find finds the messages of a chat that have all that was typed, as Search has it. It returns not_found.
func (r *Replica) Find(ctx context.Context, participant, text string) (spots Spots, err error) {
	terms := search.Terms(text)
	err = r.view(ctx, func(tx *sqldb.Tx) error {
		c, err := findChat(tx, participant)
		if err != nil || len(terms) == 0 {
			return err
		}
		for before := int64(math.MaxInt64); !spots.More; { // in portions: what is enough is known only here
			const portion = 1000
			read, err := sqldb.All(tx, func(scan sqldb.Scan) (s Spot, err error) {
				var text string
				if err = scan(id(&s.Message), &s.Version, &text); err == nil && search.ContainAll(search.Words(text), terms) {
					spots.Found = append(spots.Found, s)
				}
				return s, err
			}, `SELECT id, version, text FROM messages WHERE chat = $1 AND version < $2 ORDER BY version DESC LIMIT $3`, c.n, before, portion)
			if err != nil {
				return err
			}
			if spots.More = len(spots.Found) > maxSpots; spots.More {
				spots.Found = spots.Found[:maxSpots]
			}
			if len(read) < portion {
				return nil
			}
			before = read[len(read)-1].Version
		}
		return nil
	})
	return spots, err
}
