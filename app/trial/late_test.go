package trial

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// The answer to a message arrives after the portal was restored without the message, and after the device pulled
// everything again. It must not confirm the message.
func TestAnswerOfAnEarlierEpoch(t *testing.T) {
	w := newWorld(t, *from)
	defer w.close()
	d := newDevice(w, "lee", w.users[2], "")
	w.devices = append(w.devices, d)
	heads, answered := make(chan struct{}), make(chan struct{})
	var hold atomic.Bool // the heads
	d.lane.gates = func(r *http.Request) (ask, answer <-chan struct{}) {
		switch {
		case strings.HasSuffix(r.URL.Path, portalapi.SendMessages.Path):
			return nil, answered
		case hold.Load() && strings.HasSuffix(r.URL.Path, portalapi.Matters.Path):
			return heads, nil
		}
		return nil, nil
	}
	d.wake()
	pulled := func() bool { return w.behind(d) == "" }
	w.until("first sync", pulled)
	w.host.backUp(t)
	d.send(d.chats()[0], false)
	w.until("the answer", func() bool { return w.net.answers.Load() == 1 })
	hold.Store(true)
	w.host.stop(t)
	w.until("the next connection", func() bool { return w.net.requests.Load() == 1 })
	w.host.restore(t, w.host.backups[0], func(*records.Store) {})
	w.host.start(t)
	w.restored = true
	close(heads)
	w.until("the second sync", pulled)
	close(answered)
	w.settle()
	w.checkEverything()
}

// The answer to a message arrives after the portal was rolled back without the message, and after the device pulled the
// matter from there for the first time. Meanwhile another chat has a message with the same version. The answer must not
// confirm the message.
func TestAnswerOfAnEarlierHistory(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, *from)
	defer w.close()
	r, other := w.neighbours()
	d := w.addDevice(w.users[2])
	w.until("first sync", func() bool { return w.behind(d) == "" })
	w.host.backUp(t)
	d.sleep()
	d.send(r, false)
	check(t, d.replica.SignOut(ctx))
	d.open()
	answered, pull := make(chan struct{}), make(chan struct{})
	d.lane.gates = func(r *http.Request) (ask, answer <-chan struct{}) {
		switch {
		case strings.HasSuffix(r.URL.Path, portalapi.SendMessages.Path):
			return nil, answered
		case kindOf(r) == "changes", kindOf(r) == "event":
			return pull, nil
		}
		return nil, nil
	}
	d.wake()
	w.until("the answer", func() bool { return w.net.answers.Load() == 1 })
	w.putBack("rolled back", func(store *records.Store) {
		lee := chat.Caller{Account: d.user.ID, Name: d.user.Name, User: true, Admin: true}
		_, err := store.Send(ctx, lee, []records.Outgoing{{ID: newID(), Participant: other.chat, Text: secret(other.matter) + " lee overtakes"}})
		check(t, err)
	})
	close(pull)
	w.until("the pull", func() bool { return w.behind(d) == "" })
	if w.net.answers.Load() != 1 {
		t.Fatal("the device no longer waits for the answer")
	}
	close(answered)
	w.settle()
	w.checkEverything()
}

// neighbours returns two chats of one matter.
func (w *world) neighbours() (a, b chatRef) {
	for {
		chats := map[string]chatRef{}
		for _, p := range w.people {
			for _, r := range p.chats {
				if a, found := chats[r.matter]; found {
					return a, r
				}
				chats[r.matter] = r
			}
		}
		w.openMatter()
	}
}

// The answer to a superseded status arrives before its chat is pulled, for example after a new sign-in. Its writer can
// still decide. (Seed 1018.)
func TestSupersededBeforeItsChat(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, *from)
	defer w.close()
	d := w.addDevice(w.users[2])
	w.until("first sync", func() bool { return w.behind(d) == "" })
	d.sleep()
	r := d.chats()[0]
	d.send(r, true)
	_, err := w.host.store.Send(ctx, w.caller(d), []records.Outgoing{{ID: newID(), Participant: r.chat, Text: "theirs", SetStatus: true}})
	check(t, err)
	pull := d.sendWithEmptyCopy()
	close(pull)
	w.settle()
	w.checkEverything()
}

// A message is confirmed before its chat is pulled, after a new sign-in. Then the portal is restored without it, so only
// its writer's device can send it again. (Seed 128.)
func TestConfirmedBeforeItsChat(t *testing.T) {
	w := newWorld(t, *from)
	defer w.close()
	d := w.addDevice(w.users[2])
	w.until("first sync", func() bool { return w.behind(d) == "" })
	w.host.backUp(t)
	d.sleep()
	d.send(d.chats()[0], false)
	pull := d.sendWithEmptyCopy()
	w.host.stop(t)
	w.host.restore(t, w.host.backups[0], func(*records.Store) {})
	w.host.start(t)
	w.restored = true
	close(pull)
	w.settle()
	w.checkEverything()
}

// sendWithEmptyCopy signs a device out and in, and waits until it has sent its outbox. It pulls nothing until the
// channel is closed.
func (d *device) sendWithEmptyCopy() (pull chan struct{}) {
	ctx := context.Background()
	check(d.w.t, d.replica.SignOut(ctx))
	d.open()
	pull = make(chan struct{})
	d.lane.gates = func(r *http.Request) (ask, answer <-chan struct{}) {
		if strings.HasSuffix(r.URL.Path, "/changes") {
			return pull, nil
		}
		return nil, nil
	}
	d.wake()
	check(d.w.t, d.replica.WaitSent(ctx))
	return pull
}
