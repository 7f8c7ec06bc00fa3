package trial

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/replica/replicatest"
	"matterline/app/syncer"
)

// settle ends all faults and waits until nothing is left to do anywhere.
func (w *world) settle() {
	w.t.Helper()
	if w.host.store == nil {
		w.host.start(w.t)
	}
	w.net.settle()
	for _, d := range w.devices {
		d.wake()
		d.syncer.Retry()
		d.push()
	}
	late := time.After(60 * time.Second) // never reached unless the test fails
	for {
		why := w.unsettled()
		if why == "" { // again, because a pull may have put a message back into the outbox after the outbox was counted
			why = w.unsettled()
		}
		if why == "" {
			break
		}
		select {
		case <-w.changed:
		case <-time.After(200 * time.Millisecond): // nothing happens: something may be waiting to retry
			for _, d := range w.devices {
				d.syncer.Retry()
			}
		case <-late:
			w.t.Fatalf("never settled: %s", w.unsettled())
		}
	}
	for _, d := range w.devices {
		d.sleep()
	}
}

// unsettled says what is left to do, or returns an empty string.
func (w *world) unsettled() string {
	if w.net.repeats.Load() > 0 {
		return "a request will be repeated"
	}
	for _, p := range w.people {
		if !p.idle() {
			return p.name + " waits for an answer"
		}
	}
	ctx := context.Background()
	for _, d := range w.devices {
		f := d.syncer.Freshness()
		if f.Code == chat.Damaged { // like the window
			d.sleep()
			d.close()
			if d.openRepaired() == "" {
				w.t.Errorf("%s: %s, and nothing was repaired", d.name, f.Problem)
			}
			d.wake()
		}
		if f.State != syncer.Current {
			return fmt.Sprintf("%s: %+v", d.name, f)
		}
		if b, err := d.replica.Backlog(ctx); err != nil || b.Waiting > 0 {
			return fmt.Sprintf("%s: %d waiting, %v", d.name, b.Waiting, err)
		}
		if reads, err := d.replica.UnsentReads(ctx); err != nil || len(reads) > 0 {
			return fmt.Sprintf("%s: %d read marks waiting, %v", d.name, len(reads), err)
		}
	}
	for _, d := range w.devices { // nothing is being sent now
		if what := w.behind(d); what != "" {
			return what
		}
	}
	return ""
}

// behind says where a device differs from the heads, or returns an empty string.
func (w *world) behind(d *device) string {
	ctx := context.Background()
	heads, err := w.host.store.Heads(ctx, w.caller(d))
	check(w.t, err)
	want := map[string]chat.Known{}
	for _, head := range heads {
		want[head.Matter] = chat.Known{Version: head.Version, Mark: head.Mark}
	}
	epoch, known, err := d.replica.Known(ctx)
	have := map[string]chat.Known{}
	for matter, k := range known {
		have[matter] = chat.Known{Version: k.Version, Mark: k.Mark}
	}
	if err != nil || epoch != w.host.store.Epoch() || !maps.Equal(have, want) {
		return fmt.Sprintf("%s is at %s %v, not at %s %v, %v", d.name, epoch, have, w.host.store.Epoch(), want, err)
	}
	return ""
}

// checkEverything checks the world after settle.
func (w *world) checkEverything() {
	w.t.Helper()
	portal := everything(w.t, w.host.store, records.Program, 1000)
	for _, d := range w.devices {
		w.checkCopy(d)
		w.checkNoOtherMatters(d)
	}
	for _, p := range w.people {
		w.checkParticipant(p, portal)
	}
	w.checkNothingLost(portal)
	w.checkOrder(portal)
	w.checkSuperseded(portal)
}

// checkCopy compares a replica with what the portal shows its user, row by row.
func (w *world) checkCopy(d *device) {
	w.t.Helper()
	is, err := replicatest.Dump(context.Background(), d.dir)
	check(w.t, err)
	want := everything(w.t, w.host.store, w.caller(d), 1+w.rng.IntN(7))
	has := map[string]chat.Changes{}
	for _, page := range is {
		has[page.Matter] = page
	}
	for _, matter := range slices.Sorted(maps.Keys(want)) {
		missing, extra := difference(lines(has[matter]), lines(want[matter]))
		if len(missing)+len(extra) > 0 {
			w.t.Errorf("%s, matter %s:\n  the portal has:  %s\n  the replica has: %s", d.name, matter, strings.Join(missing, "\n    "), strings.Join(extra, "\n    "))
		}
		delete(has, matter)
	}
	if len(has) > 0 {
		w.t.Errorf("%s has %d matters that its user may not see", d.name, len(has))
	}
}

// lines returns the newest version of each of a matter's rows.
func lines(c chat.Changes) (all []string) {
	rows := map[string]string{}
	row := func(kind, id string, row any) {
		text, _ := json.Marshal(row)
		rows[kind+" "+id] = kind + " " + string(text)
	}
	if c.Info != nil {
		row("matter", "", c.Info)
	}
	for _, p := range c.Participants {
		row("participant", p.ID, p)
	}
	for _, m := range c.Messages {
		row("message", fmt.Sprint(m.ID, m.Version), m) // a message has one version
	}
	for _, s := range c.Statuses {
		row("status", s.ID, s)
	}
	for _, r := range c.Reads {
		row("read", r.Participant+r.Reader, r)
	}
	return slices.Sorted(maps.Values(rows))
}

func difference(has, want []string) (missing, extra []string) {
	in := func(list []string, line string) bool {
		i := sort.SearchStrings(list, line)
		return i < len(list) && list[i] == line
	}
	for _, line := range want {
		if !in(has, line) {
			missing = append(missing, line)
		}
	}
	for _, line := range has {
		if !in(want, line) {
			extra = append(extra, line)
		}
	}
	return missing, extra
}
