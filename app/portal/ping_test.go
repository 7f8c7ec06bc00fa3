package portal_test

import (
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// Another program changes the store, and this portal gets no notice of it. The next ping but the first comes after everything that the
// stream missed, and has the totals of what the caller may see then.
func TestPingComesAfterWhatTheStreamMissed(t *testing.T) {
	t.Cleanup(portal.SetHeartbeat(100 * time.Millisecond))
	for _, engine := range engines {
		for _, who := range []string{"assigned user", "admin", "participant"} {
			t.Run(engine.name+"/"+who, func(t *testing.T) {
				t.Parallel()
				db := engine.open(t)
				s := serveOn(t, db)
				ctx := t.Context()
				other, err := records.Open(ctx, db, time.Now) // shares only the database
				check(t, err)
				maya := chat.Caller{Account: s.maya, User: true}
				lee, err := other.AddAccount(ctx, records.Account{Email: "lee@firm.example", Name: "Lee", User: true, Admin: true})
				check(t, err)
				quay, err := other.AddMatter(ctx, chat.Matter{Reference: "2", Title: "Quay", Assigned: s.maya})
				check(t, err)
				toAna, err := other.AddParticipant(ctx, chat.Participant{Matter: quay, Name: "Ana", Role: "Client"}, s.ana)
				check(t, err)
				caller := map[string]chat.Caller{"assigned user": maya, "admin": {Account: lee, User: true, Admin: true}, "participant": {Account: s.ana}}[who]
				token, err := other.StartSession(ctx, caller.Account, chat.Origin{})
				check(t, err)

				have, pings, pinged := map[string]int64{}, 0, errors.New("pinged")
				err = s.client(token).Follow(ctx, func(ev portalapi.Event) error {
					switch {
					case ev.Heads != nil:
						for _, head := range ev.Heads.Matters {
							have[head.Matter] = head.Version
						}
						_, err := other.Send(ctx, maya, []records.Outgoing{{ID: uuid.NewString(), Participant: s.toAna, Text: "Hello"}})
						check(t, err)
						opened, err := other.AddMatter(ctx, chat.Matter{Reference: "3", Title: "Oak", Assigned: s.maya})
						check(t, err)
						_, err = other.AddParticipant(ctx, chat.Participant{Matter: opened, Name: "Ana", Role: "Client"}, s.ana)
						check(t, err)
						check(t, other.Assign(ctx, maya, quay, lee)) // Maya and Ana lose it
						check(t, other.SetTeam(ctx, chat.Caller{Account: lee, User: true}, quay, nil))
						check(t, other.RemoveParticipant(ctx, chat.Caller{Account: lee, User: true}, toAna))
					case ev.Changes != nil:
						if have[ev.Changes.Matter] != ev.Changes.After {
							t.Errorf("changes after %d, not %d", ev.Changes.After, have[ev.Changes.Matter])
						}
						have[ev.Changes.Matter] = ev.Changes.Version
					case ev.Gone != nil:
						delete(have, ev.Gone.Matter)
					case ev.Ping != nil:
						if pings++; pings == 1 {
							return nil // the stream has only just read the heads
						}
						heads, err := s.store.Heads(ctx, caller)
						check(t, err)
						want := map[string]int64{}
						for _, head := range heads {
							want[head.Matter] = head.Version
						}
						if !maps.Equal(have, want) || *ev.Ping.Totals != chat.TotalsOf(heads) {
							t.Errorf("received %v and totals %v, want %v", have, *ev.Ping.Totals, want)
						}
						return pinged
					}
					return nil
				})
				if !errors.Is(err, pinged) {
					t.Fatal(err)
				}
			})
		}
	}
}
