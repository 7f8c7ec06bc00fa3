package trial

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
)

// stepRollBack puts the portal's file back to an earlier state, as with a snapshot of a disk: without a new epoch. Others
// write before a device returns, so that the versions that devices know may have other changes now.
func (w *world) stepRollBack() {
	if w.host.store == nil {
		w.host.start(w.t)
	}
	for range 1 + w.rng.IntN(2) {
		before, err := w.host.store.Heads(context.Background(), records.Program)
		check(w.t, err)
		w.putBack("rolled back", func(store *records.Store) {
			for _, head := range before {
				w.overtake(store, head.Matter, head.Version+int64([]int{-1, 0, 0, 1, 4}[w.rng.IntN(5)]))
			}
		})
		count(&tally.rollbacks)
	}
}

// maxOvertaking limits the messages that overtake writes in one matter.
const maxOvertaking = 60

// overtake sends messages in a matter until it has a version. Their authors aren't on any device.
func (w *world) overtake(store *records.Store, matter string, version int64) {
	ctx := context.Background()
	page, err := store.Changes(ctx, records.Program, matter, records.Position{}, 1000)
	if chat.CodeOf(err) == chat.NotFound || len(page.Participants) == 0 {
		return // the matter was opened later
	}
	check(w.t, err)
	to := page.Participants[w.rng.IntN(len(page.Participants))]
	lee := w.users[2]
	var messages []records.Outgoing
	for range min(version-page.Version, maxOvertaking) {
		w.overtaken++
		messages = append(messages, records.Outgoing{ID: newID(), Participant: to.ID, Text: fmt.Sprintf("%s lee overtakes %d", secret(matter), w.overtaken)})
	}
	if len(messages) == 0 {
		return
	}
	_, err = store.Send(ctx, chat.Caller{Account: lee.ID, Name: lee.Name, User: true, Admin: true}, messages)
	check(w.t, err)
}

// The portal loses five messages from a device, and gets five others with the same versions, before the device returns.
// The device sends its own again and has the others, having started over once.
func TestRolledBackAndOvertaken(t *testing.T) {
	for _, asleep := range []bool{true, false} {
		for times := 1; times <= 3; times++ {
			t.Run(fmt.Sprintf("%d times, asleep %v", times, asleep), func(t *testing.T) {
				w := newWorld(t, *from)
				defer w.close()
				d, other := w.addDevice(w.users[2]), w.addDevice(w.users[2])
				synced := func() bool { return w.behind(d) == "" && w.behind(other) == "" }
				w.until("first sync", synced)
				w.host.backUp(t)
				r := d.chats()[0]
				for range times {
					for range 5 {
						d.send(r, false)
					}
					check(t, d.replica.WaitSent(context.Background()))
					w.until("the messages", synced)
					if asleep {
						d.sleep()
					}
					head, err := w.host.store.Changes(context.Background(), records.Program, r.matter, records.Position{}, 1000)
					check(t, err)
					w.putBack("rolled back", func(store *records.Store) { w.overtake(store, r.matter, head.Version) })
					d.wake()
					d.syncer.Retry()
					other.syncer.Retry()
					w.until("the next sync", synced)
					check(t, d.replica.WaitSent(context.Background()))
				}
				w.settle()
				w.checkEverything()
				w.checkNoLoops()
				for _, d := range w.devices {
					if n := int(d.startOvers.Load()); n != 1+times {
						t.Errorf("%s started over %d times", d.name, n-1)
					}
				}
			})
		}
	}
}

// The portal confirms a message to one device, and is rolled back before that device has the change. Another device of
// the same user has the message and sends it again, so that it has the same version, but not the same time. The first
// device takes the new time. (Seed 16.)
func TestSentAgainByAnotherDevice(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, *from)
	defer w.close()
	d, other := w.addDevice(w.users[2]), w.addDevice(w.users[2])
	w.until("first sync", func() bool { return w.behind(d) == "" && w.behind(other) == "" })
	w.host.backUp(t)
	d.sleep()
	news := make(chan struct{})
	d.lane.gates = func(r *http.Request) (ask, answer <-chan struct{}) {
		if kind := kindOf(r); kind == "event" || kind == "changes" {
			return news, nil
		}
		return nil, nil
	}
	d.send(d.chats()[0], false)
	d.wake()
	check(t, d.replica.WaitSent(ctx))
	d.sleep()
	totals := func() chat.Totals {
		totals, err := w.host.store.Totals(ctx)
		check(t, err)
		return totals
	}
	sent := totals()
	w.until("the message", func() bool { return w.behind(other) == "" })
	w.ahead.Add(int64(time.Hour))
	w.putBack("rolled back", func(*records.Store) {})
	other.syncer.Retry()
	w.until("the message again", func() bool { return totals() == sent })
	close(news)
	w.settle()
	w.checkEverything()
	w.checkNoLoops()
}
