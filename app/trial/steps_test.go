package trial

import (
	"context"
	"math/rand/v2"
	"time"

	"matterline/app/chat"
	"matterline/app/replica"
)

// step is something that may happen, with its frequency.
type step struct {
	weight int
	do     func(w *world)
}

var steps = []step{
	{30, (*world).stepSend},
	{14, (*world).stepParticipant},
	{8, (*world).stepDecide},
	{8, (*world).stepRead},
	{4, (*world).stepAssign},
	{6, (*world).stepOutbox},
	{8, (*world).stepAdminister},
	{8, (*world).stepFailures},
	{6, (*world).stepCut},
	{6, (*world).stepSleep},
	{10, (*world).stepWake},
	{2, (*world).stepReopen},
	{3, (*world).stepClock},
	{2, (*world).stepSignOut},
	{4, (*world).stepRestart},
	{2, (*world).stepBackUp},
	{1, (*world).stepRestore},
	{2, (*world).stepRollBack},
}

// runSteps runs some random steps.
func (w *world) runSteps(n int) {
	total := 0
	for _, s := range steps {
		total += s.weight
	}
	for i := range n {
		w.rng = rand.New(rand.NewPCG(w.seed, uint64(i))) // for each step, so that one step's numbers don't change the next
		at := w.rng.IntN(total)
		for _, s := range steps {
			if at -= s.weight; at < 0 {
				s.do(w)
				break
			}
		}
		w.net.tick()
		w.letRun(w.rng.IntN(12))
	}
}

// letRun waits until some things have happened, or until nothing does.
func (w *world) letRun(events int) {
	for _, d := range w.devices {
		if d.syncer != nil && w.rng.IntN(2) == 0 {
			d.syncer.Retry()
		}
	}
	for range events {
		select {
		case <-w.changed:
		case <-time.After(2 * time.Millisecond):
			return
		}
	}
}

func (w *world) stepSend() {
	d := w.anyDevice()
	chats := d.chats()
	if len(chats) == 0 {
		return
	}
	r := chats[w.rng.IntN(len(chats))]
	for range 1 + w.rng.IntN(3) {
		d.send(r, w.rng.IntN(3) == 0)
	}
	w.note("%s sends to %s, %d so far", d.name, w.short(r), d.count)
}

func (w *world) stepParticipant() {
	p := w.anyPerson()
	if len(p.chats) == 0 {
		return
	}
	r := p.chats[w.rng.IntN(len(p.chats))]
	if w.rng.IntN(4) == 0 {
		p.read(r)
		return
	}
	for range 1 + w.rng.IntN(4) {
		p.send(r)
	}
	w.note("%s sends as %s, %d so far", p.name, w.short(r), p.count)
}

// stepDecide makes a message of the firm the current status, or removes the status.
func (w *world) stepDecide() {
	d := w.anyDevice()
	r, c, ok := w.anyChat(d)
	if !ok {
		return
	}
	message := ""
	for _, m := range c.Messages {
		if !m.FromParticipant && m.Delivery == "sent" && w.rng.IntN(3) == 0 {
			message = m.ID
		}
	}
	w.allowRejection(d.replica.Decide(context.Background(), r.chat, message))
	d.decided[r.chat] = true
	w.note("%s decides %s for %s", d.name, tail(message), w.short(r))
	d.push()
}

func (w *world) stepRead() {
	d := w.anyDevice()
	r, c, ok := w.anyChat(d)
	if !ok || len(c.Messages) == 0 {
		return
	}
	upto := c.Messages[w.rng.IntN(len(c.Messages))].Version
	w.allowRejection(d.replica.MarkRead(context.Background(), r.chat, upto))
	w.note("%s reads %s up to %d", d.name, w.short(r), upto)
	d.push()
}

func (w *world) stepAssign() {
	d := w.anyDevice()
	r, _, ok := w.anyChat(d)
	if !ok {
		return
	}
	to := w.anyUser()
	w.allowRejection(d.replica.AssignTo(context.Background(), r.matter, to.ID))
	w.note("%s assigns %s to %s", d.name, w.names[r.matter], to.Name)
	d.push()
}

// stepOutbox removes something from the outbox, or repeats a superseded decision.
func (w *world) stepOutbox() {
	d, ctx := w.anyDevice(), context.Background()
	outbox, err := d.replica.Outbox(ctx)
	check(w.t, err)
	if len(outbox) == 0 {
		return
	}
	u := outbox[w.rng.IntN(len(outbox))]
	what := "removes"
	switch {
	case u.Code == string(chat.Superseded) && w.rng.IntN(2) == 0:
		what = "repeats"
		err = d.replica.UseMine(ctx, u.ID)
		d.push()
	case w.rng.IntN(2) == 0:
		what = "edits"
		_, err = d.replica.Edit(ctx, u.ID)
	default:
		err = d.replica.Remove(ctx, u.ID)
	}
	w.allowRejection(err)
	w.note("%s %s a %s %s of %s, %q: %v", d.name, what, u.State, u.Kind, tail(u.ID), w.readable(u.Text), err)
	d.decided[u.Participant] = true
	if err != nil || what == "repeats" {
		return
	}
	for _, s := range w.sent {
		if s.id == u.ID && s.device == d {
			s.takenBack, s.unsent = true, u.State == "waiting" && !w.restored
		}
	}
}

// stepFailures changes how often a lane fails.
func (w *world) stepFailures() {
	l := w.net.lanes[w.rng.IntN(len(w.net.lanes))]
	failures := []int32{0, 5, 40, 80, 100}[w.rng.IntN(5)]
	l.failures.Store(failures)
	if failures == 100 {
		l.cut()
	}
	w.note("lane %d fails %d %%", l.number, failures)
}

func (w *world) stepCut() {
	l := w.net.lanes[w.rng.IntN(len(w.net.lanes))]
	l.cut()
	w.note("lane %d is cut", l.number)
}

func (w *world) stepSleep() {
	d := w.anyDevice()
	d.sleep()
	w.note("%s sleeps", d.name)
}

func (w *world) stepWake() {
	d := w.anyDevice()
	if w.host.store == nil {
		return
	}
	if d.stop == nil {
		w.ahead.Add(int64(time.Duration(w.rng.IntN(72)) * time.Hour))
	}
	d.wake()
	w.note("%s is awake", d.name)
}

func (w *world) stepReopen() {
	d := w.anyDevice()
	d.restart()
	w.note("%s starts again", d.name)
}

// stepClock sets a device's clock to a wrong time.
func (w *world) stepClock() {
	d := w.anyDevice()
	d.off.Store(int64(time.Duration(w.rng.IntN(20)-10) * time.Hour))
	w.note("%s's clock is %v off", d.name, time.Duration(d.off.Load()))
}

// stepSignOut signs a device out and in again.
func (w *world) stepSignOut() {
	d := w.anyDevice()
	if w.host.store == nil {
		return
	}
	awake := d.stop != nil
	d.sleep()
	check(w.t, w.host.store.EndSession(context.Background(), d.token, chat.Origin{}))
	check(w.t, d.replica.SignOut(context.Background()))
	d.signIn()
	d.close()
	d.open()
	d.copies++
	w.excuseForgotten(d)
	if awake {
		d.wake()
	}
	w.note("%s signs out and in", d.name)
}

// allowRejection ignores errors that the portal or the replica may return.
func (w *world) allowRejection(err error) {
	w.t.Helper()
	if err != nil && chat.CodeOf(err) == chat.Internal {
		w.t.Fatal(err)
	}
}

func (w *world) anyChat(d *device) (r chatRef, c replica.Chat, ok bool) {
	chats := d.chats()
	if len(chats) == 0 {
		return r, c, false
	}
	r = chats[w.rng.IntN(len(chats))]
	c, err := d.replica.Chat(context.Background(), r.chat, 0)
	w.allowRejection(err)
	return r, c, err == nil
}

func (w *world) short(r chatRef) string { return w.names[r.chat] + " in " + w.names[r.matter] }

// tail returns the end of an id, which is enough to recognise it.
func tail(id string) string { return id[max(0, len(id)-6):] }
