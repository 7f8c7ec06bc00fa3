package replica

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// What is counted with each change is what counting gives, whatever happens.
func TestCounts(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 1))
			ctx := context.Background()
			r, err := Open(ctx, t.TempDir(), chat.User{ID: "maya", Name: "Maya"}, time.Now)
			must(t, err)
			defer r.Close()
			version := map[string]int64{}
			for step := range 60 {
				matter := fmt.Sprint("matter", rng.IntN(3))
				participant := fmt.Sprint(matter, "-", rng.IntN(2))
				switch v := version[matter]; rng.IntN(10) {
				case 0:
					must(t, r.MarkRead(ctx, participant, v-int64(rng.IntN(5))), chat.NotFound)
				case 1:
					must(t, r.Forget(ctx, matter))
					delete(version, matter)
				case 2:
					must(t, r.StartOver(ctx, fmt.Sprint(step)))
					clear(version)
				case 3: // an answer that overtakes the changes
					must(t, r.Confirm(ctx, chat.Message{ID: fmt.Sprint(matter, "m", v+2), Participant: participant, Author: "maya", Text: "mine", Version: v + 2}, false))
				default:
					page := chat.Changes{Matter: matter, After: v, Version: v, More: rng.IntN(3) == 0}
					if rng.IntN(3) == 0 || v == 0 {
						page.Version++
						page.Info = &chat.Matter{ID: matter, Assigned: "maya", Version: page.Version}
						page.Version++
						page.Participants = []chat.Participant{{ID: participant, Matter: matter, Name: fmt.Sprint("Name ", step), Version: page.Version}}
					}
					for range rng.IntN(6) {
						page.Version++
						m := chat.Message{ID: fmt.Sprint(matter, "m", page.Version), Participant: fmt.Sprint(matter, "-", rng.IntN(2)), Author: "maya", Text: fmt.Sprint("step ", step), SentAt: int64(step) * 1000, Version: page.Version}
						if rng.IntN(2) == 0 {
							m.Author = m.Participant
						}
						page.Messages = append(page.Messages, m)
						if rng.IntN(3) == 0 {
							page.Statuses = append(page.Statuses, chat.Status{ID: "s" + m.ID, Participant: m.Participant, Message: m.ID, SetBy: "maya", EndedAt: int64(rng.IntN(2)), Version: page.Version})
						}
					}
					if rng.IntN(4) == 0 {
						page.Version++
						page.Reads = append(page.Reads, chat.Read{Participant: participant, Reader: "maya", Upto: page.Version - int64(rng.IntN(4)), Version: page.Version})
					}
					must(t, r.Apply(ctx, page))
					version[matter] = page.Version
				}
				counted(t, r, step)
			}
		})
	}
}

// counted compares what was counted with what there is.
func counted(t *testing.T, r *Replica, step int) {
	t.Helper()
	must(t, r.view(context.Background(), func(tx *sqldb.Tx) error {
		for what, query := range map[string]string{
			"unread in a chat": `SELECT count(*) FROM participants WHERE unread <> (SELECT count(*) FROM messages m WHERE m.chat = participants.n AND m.version > read_upto AND m.author <> $1)`,
			"newest of a chat": `SELECT count(*) FROM participants WHERE newest <> coalesce((SELECT m.n FROM messages m WHERE m.chat = participants.n ORDER BY m.version DESC LIMIT 1), 0)`,
			"unread in a matter": `SELECT count(*) FROM matters x WHERE unread <>
				(SELECT count(*) FROM participants p JOIN messages m ON m.chat = p.n AND m.version > p.read_upto AND m.author <> $1 WHERE p.matter = x.n)`,
			"last of a matter": `SELECT count(*) FROM matters x LEFT JOIN messages m ON m.n = (
					SELECT m.n FROM participants p JOIN messages m ON m.chat = p.n WHERE p.matter = x.n ORDER BY m.version DESC LIMIT 1)
				WHERE (last_text, last_author, last_at) IS NOT (m.text, m.author, m.sent_at)
					OR m.n IS NOT NULL AND last_status <> EXISTS (SELECT 1 FROM statuses WHERE message = m.n AND ended_at = 0)`,
			"words": `SELECT (SELECT count(*) FROM found WHERE found MATCH '•') <> (SELECT count(*) FROM messages)`,
		} {
			var wrong int
			if err := tx.Row(query, r.me).Scan(&wrong); err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			if wrong != 0 {
				t.Fatalf("step %d: %s is wrong", step, what)
			}
		}
		return nil
	}))
}

func must(t *testing.T, err error, unless ...chat.Code) {
	t.Helper()
	for _, code := range unless {
		if chat.CodeOf(err) == code {
			return
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}
