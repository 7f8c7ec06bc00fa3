package trial

import (
	"fmt"
	"testing"
)

// regressions are seeds that found a fault.
var regressions = []struct {
	name string
	seed uint64
	why  string
}{
	{"superseded before the chat is pulled", 1018, "after a new sign-in, the answer to a superseded message arrived before its chat, and the decision was lost"},
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

// simulate runs a firm for a while, as the seed decides, and checks it in the end.
func simulate(t *testing.T, seed uint64) {
	count(&tally.seeds)
	w := newWorld(t, seed)
	defer func() {
		if t.Failed() {
			for _, line := range w.history {
				t.Log(line)
			}
			t.Logf("run seed %d alone: go test -tags sqlite_fts5 -run 'TestSimulation/^%d$' ./app/trial -trial.from %d -trial.seeds 1", seed, seed, seed)
		}
		w.close()
	}()
	for _, u := range []int{0, 0, 1, 2} {
		w.addDevice(w.users[u])
	}
	w.host.backUp(t)
	w.runSteps(60 + w.rng.IntN(40))
	w.settle()
	w.checkEverything()
	w.checkNoLoops()
}
