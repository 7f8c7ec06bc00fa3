package trial

import (
	"fmt"
	"testing"
)

// regressions are seeds that have found something.
var regressions = []struct {
	name string
	seed uint64
	why  string
}{
	{"superseded where the chat is not pulled yet", 1018, "signed out and in again, the answer to a message that did not become the status came before its chat: the decision was thrown away, and nobody was told"},
}

func TestSimulation(t *testing.T) {
	for _, r := range regressions {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			t.Log(r.why)
			simulate(t, r.seed)
		})
	}
	for seed := *from; seed < *from+uint64(*seeds); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			simulate(t, seed)
		})
	}
}

// simulate lets a firm work for a while, as the seed decides, and checks what must be right in the end.
func simulate(t *testing.T, seed uint64) {
	count(&tally.seeds)
	w := newWorld(t, seed)
	defer func() {
		if t.Failed() {
			for _, line := range w.history {
				t.Log(line)
			}
			t.Logf("seed %d failed; alone: go test -tags sqlite_fts5 -run 'TestSimulation/^%d$' ./app/trial -trial.from %d -trial.seeds 1", seed, seed, seed)
		}
		w.close()
	}()
	for _, u := range []int{0, 0, 1, 2} {
		w.addDevice(w.users[u])
	}
	w.house.backUp(t)
	w.live(60 + w.rng.IntN(40))
	w.settle()
	w.mustBeRight()
}
