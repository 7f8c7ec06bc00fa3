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

// settle ends all faults and waits until nothing is left to be done anywhere.
func (w *world) settle() {
	w.t.Helper()
	if w.house.store == nil {
		w.house.start(w.t)
	}
	w.net.settle()
	for _, d := range w.devices {
		d.wake()
		d.syncer.Retry()
		d.push()
	}
	late := time.After(60 * time.Second) // of something that is certain to come
	for {
		unsettled := w.unsettled()
		if unsettled == "" {
			break
		}
		select {
		case <-w.news:
		case <-time.After(200 * time.Millisecond): // nothing moves: somebody may be resting
			for _, d := range w.devices {
				d.syncer.Retry()
			}
		case <-late:
			w.t.Fatalf("never quiet: %s", w.unsettled())
		}
	}
	for _, d := range w.devices {
		d.sleep()
	}
}

// unsettled says what is left to be done, or nothing.
func (w *world) unsettled() string {
	if w.net.echoes.Load() > 0 {
		return "something is asked again"
	}
	for _, p := range w.people {
		if !p.idle() {
			return p.name + " waits for an answer"
		}
	}
	ctx := context.Background()
	for _, d := range w.devices {
		f := d.syncer.Freshness()
		if f.Code == chat.Damaged { // as the window does
			d.sleep()
			d.close()
			if d.openMended() == "" {
				w.t.Errorf("%s: %s, and nothing is mended", d.name, f.Problem)
			}
			d.wake()
		}
		if f.State != syncer.Current {
			return fmt.Sprintf("%s: %+v", d.name, f)
		}
		if b, err := d.replica.Backlog(ctx); err != nil || b.Waiting > 0 {
			return fmt.Sprintf("%s: %d wait, %v", d.name, b.Waiting, err)
		}
		if reads, err := d.replica.WaitingReads(ctx); err != nil || len(reads) > 0 {
			return fmt.Sprintf("%s: %d reads wait, %v", d.name, len(reads), err)
		}
	}
	for _, d := range w.devices { // nobody sends anything any more
		if behind := w.stands(d); behind != "" {
			return behind
		}
	}
	return ""
}

// stands says where a device is not at the versions of the heads, or nothing.
func (w *world) stands(d *device) string {
	ctx := context.Background()
	heads, err := w.house.store.Heads(ctx, w.caller(d))
	check(w.t, err)
	at := map[string]int64{}
	for _, head := range heads {
		at[head.Matter] = head.Version
	}
	epoch, have, err := d.replica.Standing(ctx)
	if err != nil || epoch != w.house.store.Epoch() || !maps.Equal(have, at) {
		return fmt.Sprintf("%s stands at %s %v of %s %v, %v", d.name, epoch, have, w.house.store.Epoch(), at, err)
	}
	return ""
}

// mustBeRight checks all that must be right when everything is quiet.
func (w *world) mustBeRight() {
	w.t.Helper()
	portal := everything(w.t, w.house.store, records.Program, 1000)
	for _, d := range w.devices {
		w.equal(d)
		w.nothingOfOthers(d)
	}
	for _, p := range w.people {
		w.theirsAlone(p, portal)
	}
	w.nothingLost(portal)
	w.inOrder(portal)
	w.supersededTold(portal)
}

// equal compares a replica with what the portal shows its user, row by row.
func (w *world) equal(d *device) {
	w.t.Helper()
	is, err := replicatest.Dump(context.Background(), d.dir)
	check(w.t, err)
	want := everything(w.t, w.house.store, w.caller(d), 1+w.rng.IntN(7))
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
		w.t.Errorf("%s has %d matters that are not theirs", d.name, len(has))
	}
}

// lines writes the rows of a matter, one a line, each as it was last.
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
		row("message", m.ID, m)
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
