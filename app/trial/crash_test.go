package trial

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/replica/replicatest"
	"matterline/app/sqldb/sqlite"
	"matterline/app/syncer"
)

// killsInARow is how often one device is killed before its firm is looked at.
const killsInARow = 10

// A device is killed at any moment of sending and catching up: what it had shown as sent or waiting is there,
// nothing is there twice, and the replica opens.
func TestCrash(t *testing.T) {
	for n := 0; n*killsInARow < *kills; n++ {
		seed := *from + uint64(n)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			crash(t, seed)
		})
	}
}

func crash(t *testing.T, seed uint64) {
	w := newWorld(t, seed)
	defer w.close()
	rng := rand.New(rand.NewPCG(seed, 7))
	maya := w.users[2] // an admin: she sees every matter
	d := newDevice(w, "maya", maya, "")
	d.close()
	for n := range min(killsInARow, *kills) {
		w.backlog(rng.IntN(300))
		switch rng.IntN(5) {
		case 0: // so that everything is pulled again
			w.house.stop(t)
			store := w.house.open(t)
			check(t, store.NewEpoch(context.Background()))
			check(t, store.Close())
			w.house.start(t)
		case 1:
			d.open()
			check(t, d.replica.SignOut(context.Background()))
			d.close()
		}
		d.lane.mood.Store(int32(rng.IntN(20)))
		w.kill(d, fmt.Sprintf("run %d", n), rng)
	}
	d.open()
	w.devices = append(w.devices, d)
	w.settle()
	w.mustBeRight()
	if t.Failed() {
		t.Logf("seed %d failed; alone: go test -tags sqlite_fts5 -run TestCrash ./app/trial -trial.from %d -trial.kills %d", seed, seed, killsInARow)
	}
}

// backlog lets the people say much while the device is away.
func (w *world) backlog(messages int) {
	w.t.Helper()
	for _, p := range w.people {
		for _, r := range p.chats {
			var sayings []records.Saying
			for range messages / 4 {
				p.said++
				sayings = append(sayings, records.Saying{ID: newID(), Participant: r.chat, Text: fmt.Sprintf("%s %s says %d", secret(r.matter), p.name, p.said)})
			}
			_, err := w.house.store.Say(context.Background(), chat.Caller{Account: p.account, Name: p.name}, sayings)
			check(w.t, err)
		}
	}
}

// kill starts the device as a process, kills it at some moment, and checks what it has left behind.
func (w *world) kill(d *device, name string, rng *rand.Rand) {
	w.t.Helper()
	process, out, err := startChild(childOf{Dir: d.dir, Address: d.lane.address, Token: d.token, Name: name, User: d.user, Seed: rng.Uint64()})
	check(w.t, err)
	lines, after := rng.IntN(120), time.Duration(rng.IntN(1+rng.IntN(100_000)))*time.Microsecond
	state, sent := "", map[string]bool{}
	began := len(w.sayings)
	end := func() { _ = process.Process.Kill() }
	time.AfterFunc(2*time.Second, end) // at the latest
	told := bufio.NewScanner(out)
	for n := 0; told.Scan(); n++ {
		if n == lines {
			time.AfterFunc(after, end)
		}
		word, rest, _ := strings.Cut(told.Text(), " ")
		switch word {
		case "waiting":
			part := strings.SplitN(rest, " ", 4)
			w.sayings = append(w.sayings, &saying{id: part[0], matter: part[1], chat: part[2], text: part[3], device: d})
		case "state":
			state = rest
		case "sent":
			sent[rest] = true
		case "opened":
			if rest != "" {
				w.t.Errorf("%s: %s", name, rest)
			}
		case "failed":
			w.t.Errorf("%s: %s", name, rest)
		}
	}
	_ = process.Wait()
	count(&tally.kills)
	if state == string(syncer.CatchingUp) {
		count(&tally.catching)
	}
	if len(w.sayings)-began > len(sent) {
		count(&tally.sending)
	}

	d.open()
	has, shown := d.has(), map[string]bool{}
	pages, err := replicatest.Dump(context.Background(), d.dir)
	check(w.t, err)
	for _, page := range pages {
		for _, m := range page.Messages {
			shown[m.ID] = true
		}
	}
	for _, s := range w.sayings[began:] {
		if !has[s.id] {
			w.t.Errorf("%s: %q was shown as waiting, and is lost", name, w.plain(s.text))
		}
		if sent[s.id] && !shown[s.id] {
			w.t.Errorf("%s: %q was shown as sent, and is not any more", name, w.plain(s.text))
		}
	}
	d.close()
	for _, file := range []string{"copy.db", "own.db"} {
		if err := sqlite.Check(context.Background(), filepath.Join(d.dir, file)); err != nil {
			w.t.Errorf("%s: %v", name, err)
		}
	}
}
