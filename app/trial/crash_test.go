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

// killsInARow is how often one device is killed before its firm is checked.
const killsInARow = 10

// A device is killed at random moments while it sends and catches up. Every message that it showed as sent or waiting
// is still there, none is there twice, and the replica opens.
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
		case 0: // everything is pulled again
			w.host.stop(t)
			store := w.host.open(t)
			_, err := store.NewEpoch(context.Background(), false)
			check(t, err)
			check(t, store.Close())
			w.host.start(t)
		case 1:
			d.open()
			check(t, d.replica.SignOut(context.Background()))
			d.close()
		}
		d.lane.failures.Store(int32(rng.IntN(20)))
		w.kill(d, fmt.Sprintf("run %d", n), rng)
	}
	d.open()
	w.devices = append(w.devices, d)
	w.settle()
	w.checkEverything()
	if t.Failed() {
		t.Logf("run seed %d alone: go test -tags sqlite_fts5 -run TestCrash ./app/trial -trial.from %d -trial.kills %d", seed, seed, killsInARow)
	}
}

// backlog sends messages from the participants while the device is offline.
func (w *world) backlog(messages int) {
	w.t.Helper()
	for _, p := range w.people {
		for _, r := range p.chats {
			var sayings []records.Outgoing
			for range messages / 4 {
				p.count++
				sayings = append(sayings, records.Outgoing{ID: newID(), Participant: r.chat, Text: fmt.Sprintf("%s %s says %d", secret(r.matter), p.name, p.count)})
			}
			_, err := w.host.store.Send(context.Background(), chat.Caller{Account: p.account, Name: p.name}, sayings)
			check(w.t, err)
		}
	}
}

// kill starts the device as a process, kills it after a random time, and checks what it left.
func (w *world) kill(d *device, name string, rng *rand.Rand) {
	w.t.Helper()
	process, out, err := startChild(childConfig{Dir: d.dir, Address: d.lane.address, Token: d.token, Name: name, User: d.user, Seed: rng.Uint64()})
	check(w.t, err)
	lines, after := rng.IntN(120), time.Duration(rng.IntN(1+rng.IntN(100_000)))*time.Microsecond
	state, sent := "", map[string]bool{}
	began := len(w.sent)
	end := func() { _ = process.Process.Kill() }
	time.AfterFunc(2*time.Second, end) // the latest moment
	output := bufio.NewScanner(out)
	for n := 0; output.Scan(); n++ {
		if n == lines {
			time.AfterFunc(after, end)
		}
		word, rest, _ := strings.Cut(output.Text(), " ")
		switch word {
		case "waiting":
			part := strings.SplitN(rest, " ", 4)
			w.sent = append(w.sent, &sentMessage{id: part[0], matter: part[1], chat: part[2], text: part[3], device: d})
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
	if len(w.sent)-began > len(sent) {
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
	for _, s := range w.sent[began:] {
		if !has[s.id] {
			w.t.Errorf("%s: %q was shown as waiting, and it's lost", name, w.readable(s.text))
		}
		if sent[s.id] && !shown[s.id] {
			w.t.Errorf("%s: %q was shown as sent, and it's lost", name, w.readable(s.text))
		}
	}
	d.close()
	for _, file := range []string{"copy.db", "own.db"} {
		if err := sqlite.Check(context.Background(), filepath.Join(d.dir, file)); err != nil {
			w.t.Errorf("%s: %v", name, err)
		}
	}
}
