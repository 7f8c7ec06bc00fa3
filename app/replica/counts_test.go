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

// The stored counts always equal the counted rows.
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
				switch v := version[matter]; rng.IntN(11) {
				case 0:
					must(t, r.MarkRead(ctx, participant, v-int64(rng.IntN(5))), chat.NotFound)
				case 1:
					must(t, r.Forget(ctx, matter))
					delete(version, matter)
				case 2:
					must(t, r.StartOver(ctx, fmt.Sprint(step)))
					clear(version)
				case 3: // an answer overtakes the changes
					must(t, r.Confirm(ctx, chat.Message{ID: fmt.Sprint(matter, "m", v+2), Participant: participant, Author: "maya", Text: "mine", SentAt: (v + 2) * 1000, Version: v + 2}, false))
				case 4:
					must(t, r.CountColleagues(ctx, rng.IntN(2) == 0))
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
						m := chat.Message{ID: fmt.Sprint(matter, "m", page.Version), Participant: fmt.Sprint(matter, "-", rng.IntN(2)), Author: "maya", Text: fmt.Sprint("step ", step), SentAt: page.Version * 1000, Version: page.Version}
						switch rng.IntN(4) {
						case 0, 1:
							m.Author = m.Participant
						case 2:
							m.Author = "tom"
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
					version[matter] = page.Version
					if err := r.Apply(ctx, page); chat.CodeOf(err) == chat.OtherHistory { // it lacks a confirmed message
						must(t, r.StartOver(ctx, fmt.Sprint(step)))
						clear(version)
					} else {
						must(t, err)
					}
				}
				checkCounts(t, r, step)
			}
		})
	}
}

// checkCounts compares the stored counts with the rows.
func checkCounts(t *testing.T, r *Replica, step int) {
	t.Helper()
	colleagues, err := r.Setting(context.Background(), "colleagues")
	must(t, err)
	unread := `m.author <> $1`
	if colleagues == "off" {
		unread = `m.author = 0 AND $1 > 0`
	}
	must(t, r.view(context.Background(), func(tx *sqldb.Tx) error {
		for what, query := range map[string]string{
			"unread in a chat": `SELECT count(*) FROM participants WHERE unread <> (SELECT count(*) FROM messages m WHERE m.chat = participants.n AND m.version > read_upto AND ` + unread + `)`,
			"newest of a chat": `SELECT count(*) FROM participants WHERE newest <> coalesce((SELECT m.n FROM messages m WHERE m.chat = participants.n ORDER BY m.version DESC LIMIT 1), 0)`,
			"unread in a matter": `SELECT count(*) FROM matters x WHERE unread <>
				(SELECT count(*) FROM participants p JOIN messages m ON m.chat = p.n AND m.version > p.read_upto AND ` + unread + ` WHERE p.matter = x.n)`,
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

// A setting decides whether colleagues' messages count as unread, also for earlier messages. The list, the matter and
// the alerts agree.
func TestCountColleagues(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	r, err := Open(ctx, dir, chat.User{ID: "maya", Name: "Maya"}, time.Now)
	must(t, err)
	must(t, r.Apply(ctx, chat.Changes{
		Matter: "elm", Version: 5, Info: &chat.Matter{ID: "elm", Assigned: "maya", Version: 1},
		Participants: []chat.Participant{{ID: "ana", Matter: "elm", Name: "Ana", Version: 2}, {ID: "ben", Matter: "elm", Name: "Ben", Version: 2}},
		Messages: []chat.Message{
			{ID: "m3", Participant: "ana", Author: "ana", Text: "from Ana", Version: 3},
			{ID: "m4", Participant: "ana", Author: "tom", Text: "from Tom", Version: 4},
			{ID: "m5", Participant: "ben", Author: "tom", Text: "from Tom", Version: 5},
		},
	}))
	see := func(r *Replica, want string) {
		t.Helper()
		unread, err := r.UnreadChats(ctx)
		must(t, err)
		got := ""
		for _, n := range unread {
			got += fmt.Sprint(n.Participant, " ", n.Unread, " ", n.Newest.Text, "; ")
		}
		rows, err := r.Matters(ctx)
		must(t, err)
		m, err := r.Matter(ctx, "elm")
		must(t, err)
		got += fmt.Sprint(rows[0].Unread, " ", m.Participants[0].Unread, " ", m.Participants[1].Unread)
		if got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
	var changed []string
	r.OnChanged(func(matters []string) { changed = matters })
	const all, few = "ana 2 from Tom; ben 1 from Tom; 3 2 1", "ana 1 from Ana; 1 1 0"
	see(r, all)
	must(t, r.CountColleagues(ctx, false))
	see(r, few)
	if len(changed) != 1 || changed[0] != "elm" {
		t.Fatalf("%q", changed)
	}
	must(t, r.Apply(ctx, chat.Changes{Matter: "elm", After: 5, Version: 6, Messages: []chat.Message{
		{ID: "m6", Participant: "ben", Author: "tom", Text: "from Tom", Version: 6},
	}}))
	see(r, few)
	must(t, r.Close())
	r, err = Open(ctx, dir, chat.User{ID: "maya", Name: "Maya"}, time.Now)
	must(t, err)
	defer r.Close()
	see(r, few)
	must(t, r.CountColleagues(ctx, true))
	see(r, "ana 2 from Tom; ben 2 from Tom; 4 2 2")
}
