package trial

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"matterline/app/portalapi"
	"matterline/app/records"
)

// The answer to a message comes when the portal that gave it has been restored without the message, and the
// device has pulled everything again: it must not be taken for this portal's answer.
func TestAnswerOfAnEarlierEpoch(t *testing.T) {
	w := newWorld(t, *from)
	defer w.close()
	d := newDevice(w, "lee", w.users[2], "")
	w.devices = append(w.devices, d)
	heads, said := make(chan struct{}), make(chan struct{})
	d.lane.gates = func(r *http.Request) (ask, answer <-chan struct{}) {
		switch {
		case strings.HasSuffix(r.URL.Path, portalapi.SendMessages.Path):
			return nil, said
		case strings.HasSuffix(r.URL.Path, portalapi.Matters.Path):
			return heads, nil
		}
		return nil, nil
	}
	d.wake()
	pulled := func() bool { return w.stands(d) == "" }
	w.until("first sync", pulled)
	w.house.backUp(t)
	d.send(d.chats()[0], false)
	waiting := func(n int32) func() bool { return func() bool { return w.net.waiting.Load() == n } }
	w.until("answer on its way", waiting(1))
	w.house.stop(t)
	w.until("stream to be missed", waiting(2))
	w.house.restore(t, w.house.backups[0], func(*records.Store) {})
	w.house.start(t)
	w.restored = true
	close(heads)
	w.until("everything to be pulled again", pulled)
	close(said)
	w.settle()
	w.mustBeRight()
}

// The answer to a message that did not become the status comes before the chat has been pulled: after a new
// sign-in, for one. Its writer is told all the same. (Seed 1018.)
func TestSupersededBeforeItsChat(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, *from)
	defer w.close()
	d := w.addDevice(w.users[2])
	w.until("first sync", func() bool { return w.stands(d) == "" })
	d.sleep()
	r := d.chats()[0]
	d.send(r, true)
	_, err := w.house.store.Say(ctx, w.caller(d), []records.Saying{{ID: newID(), Participant: r.chat, Text: "theirs", SetStatus: true}})
	check(t, err)
	check(t, d.replica.SignOut(ctx))
	d.open()
	pull := make(chan struct{})
	d.lane.gates = func(r *http.Request) (ask, answer <-chan struct{}) {
		if strings.HasSuffix(r.URL.Path, "/changes") {
			return pull, nil
		}
		return nil, nil
	}
	d.wake()
	w.until("answer", func() bool {
		b, err := d.replica.Backlog(ctx)
		check(t, err)
		return b.Waiting == 0
	})
	close(pull)
	w.settle()
	w.mustBeRight()
}
