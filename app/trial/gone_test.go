package trial

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// The portal tells a device that its user lost a matter. That arrives late: she has access again, and the portal was
// rolled back and lost her message. Her device asks once more, keeps the message and sends it again. If that answer is
// late, too, the message is lost, and excused.
func TestLateNewsThatAMatterIsGone(t *testing.T) {
	for _, tt := range []struct {
		name, kind string
		passes     int32 // questions of this kind
	}{{"heads", "heads", 0}, {"event", "event", 0}, {"answer", "changes", 0}, {"both answers", "changes", 1}} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, *from)
			defer w.close()
			matter := w.onTeam(w.users[0])
			d := newDevice(w, "maya", w.users[0], "")
			w.devices = append(w.devices, d)
			var late atomic.Bool
			var asked atomic.Int32
			lost, back := make(chan struct{}), make(chan struct{}) // she lost access, and has it again
			d.lane.gates = func(r *http.Request) (ask, answer <-chan struct{}) {
				switch kind := kindOf(r); {
				case kind == "event" && tt.kind != "event":
					return back, nil
				case !late.Load() || kind != tt.kind:
					return nil, nil
				case asked.Add(1) > tt.passes:
					return lost, back
				}
				return lost, nil
			}
			d.wake()
			w.until("first sync", func() bool { return w.behind(d) == "" })
			w.host.backUp(t)
			d.send(d.chats()[0], false)
			check(t, d.replica.WaitSent(context.Background()))
			if tt.kind == "event" {
				w.until("the message", func() bool { return w.behind(d) == "" })
			} else {
				d.sleep()
			}
			late.Store(true)
			if tt.kind == "changes" {
				d.wake()
				w.until("the pull", func() bool { return asked.Load() == 1 })
			}
			w.setTeam(matter)
			close(lost)
			d.wake()
			w.until("the news", func() bool { return w.net.answers.Load() > 0 })
			w.setTeam(matter, w.users[0])
			w.rollBack(matter)
			close(back)
			w.until("the second sync", func() bool { return w.behind(d) == "" })
			w.settle()
			w.checkEverything()
			if purged := w.sent[0].purged(); purged != (tt.passes > 0) {
				t.Errorf("the message is excused: %v", purged)
			}
		})
	}
}

// The user loses a matter while the portal's answer to her message is under way. She gets access again, and the portal
// is rolled back and loses the message, before the answer arrives. Her device keeps the message and sends it again.
// (Seed 30.)
func TestLateConfirmationInAMatterThatWasGone(t *testing.T) {
	w := newWorld(t, *from)
	defer w.close()
	matter := w.onTeam(w.users[0])
	d := newDevice(w, "maya", w.users[0], "")
	w.devices = append(w.devices, d)
	answer, up, pull := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var down, held atomic.Bool
	d.lane.gates = func(r *http.Request) (_, _ <-chan struct{}) {
		switch {
		case strings.HasSuffix(r.URL.Path, portalapi.SendMessages.Path):
			return nil, answer
		case down.Load() && kindOf(r) == "heads":
			return up, nil
		case held.Load() && kindOf(r) == "changes", kindOf(r) == "event":
			return pull, nil
		}
		return nil, nil
	}
	d.wake()
	w.until("first sync", func() bool { return w.behind(d) == "" })
	w.host.backUp(t)
	d.send(d.chats()[0], false)
	w.until("the answer", func() bool { return w.net.answers.Load() == 1 })
	outbox := func(state string) func() bool {
		return func() bool {
			outbox, err := d.replica.Outbox(context.Background())
			check(t, err)
			return state == "" && len(outbox) == 0 || len(outbox) == 1 && outbox[0].State == state
		}
	}
	w.setTeam(matter)
	d.syncer.Retry()
	w.until("an undeliverable message", func() bool { return w.behind(d) == "" && outbox("rejected")() })
	held.Store(true)
	w.setTeam(matter, w.users[0])
	down.Store(true)
	w.rollBack(matter)
	close(up)
	close(answer)
	w.until("the answer", outbox(""))
	close(pull)
	w.settle()
	w.checkEverything()
}

// kindOf says what a request asks for about matters.
func kindOf(r *http.Request) string {
	for kind, path := range map[string]string{"heads": portalapi.Matters.Path, "event": portalapi.Live.Path, "changes": "/changes"} {
		if strings.HasSuffix(r.URL.Path, path) {
			return kind
		}
	}
	return ""
}

// onTeam gives a user access to a single matter, on its team.
func (w *world) onTeam(u chat.User) (matter string) {
	ctx, store := context.Background(), w.host.store
	heads, err := store.Heads(ctx, records.Program)
	check(w.t, err)
	for _, head := range heads {
		check(w.t, store.Assign(ctx, records.Program, head.Matter, w.users[2].ID))
		w.setTeam(head.Matter)
	}
	w.setTeam(heads[0].Matter, u)
	return heads[0].Matter
}

func (w *world) setTeam(matter string, team ...chat.User) {
	var ids []string
	for _, u := range team {
		ids = append(ids, u.ID)
	}
	check(w.t, w.host.store.SetTeam(context.Background(), records.Program, matter, ids))
}

// rollBack rolls the portal back, and others write until the matter has its version again.
func (w *world) rollBack(matter string) {
	page, err := w.host.store.Changes(context.Background(), records.Program, matter, records.Position{}, 1000)
	check(w.t, err)
	w.putBack("rolled back", func(store *records.Store) { w.overtake(store, matter, page.Version) })
}

// purge is a matter that a device removed: told holds the history in which the portal said that its user may not see it,
// and done the one in which it was removed.
type purge struct {
	matter     string
	told, done int32
}

// noteGone remembers in which history the portal answered that there is nothing at a path.
func (l *lane) noteGone(r *http.Request, status int, history int32) {
	if status == http.StatusNotFound {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.gone[r.URL.Path] = history
	}
}

// Forget checks that the portal said that the user may not see the matter.
func (r judgedReplica) Forget(ctx context.Context, matter string) error {
	l := r.device.lane
	l.mu.Lock()
	told, ok := l.gone[portalapi.Prefix+"/matters/"+matter+"/changes"]
	l.mu.Unlock()
	if !ok {
		r.device.w.t.Errorf("%s removes matter %s, but the portal didn't say so", r.device.name, matter)
	}
	err := r.Replica.Forget(ctx, matter)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.purges = append(l.purges, purge{matter, told, r.device.w.host.histories.Load()})
	return err
}

// purged reports whether its device removed the matter after the portal had lost the message, because the portal had said
// before that the user may not see the matter. Asking more often can't prevent that, as every answer can be late.
func (s *sentMessage) purged() bool {
	l := s.device.lane
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.purges, func(p purge) bool {
		return p.matter == s.matter && slices.ContainsFunc(s.lostIn, func(history int32) bool { return p.told <= history && history < p.done })
	})
}
