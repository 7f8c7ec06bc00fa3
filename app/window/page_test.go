package window

import (
	"testing"
	"time"
)

// A page that doesn't answer is noticed, but not while the computer sleeps or is too busy to ask.
func TestHeartbeat(t *testing.T) {
	now := time.Now()
	var h heartbeat
	tick := func(after time.Duration) (silent, hangs bool) {
		now = now.Add(after)
		return h.tick(now)
	}
	for i := range hangsAfter {
		if silent, hangs := tick(pingEvery); silent != (i >= silentAfter) || hangs {
			t.Fatal(i, silent, hangs)
		}
	}
	if silent, hangs := tick(pingEvery); !silent || !hangs {
		t.Fatal("the page hangs")
	}
	if silent, hangs := tick(time.Hour); silent || hangs {
		t.Fatal("the computer slept")
	}
	for range 10 * hangsAfter {
		if silent, hangs := tick(3 * pingEvery); silent || hangs {
			t.Fatal("the computer is busy")
		}
	}
	for range 10 * hangsAfter {
		h.missed = 0 // the page answers
		if silent, hangs := tick(pingEvery); silent || hangs {
			t.Fatal("the page answers")
		}
	}
}

// A page that ends is loaded again at once. One that keeps ending has to wait, and the user is told once.
func TestReloads(t *testing.T) {
	now := time.Now()
	var r reloads
	told := 0
	for i, want := range []time.Duration{0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60, 60} {
		wait, tell := r.next(now)
		if wait != want*time.Second {
			t.Fatalf("reload %d after %s, want %d s", i, wait, want)
		}
		if tell {
			told++
		}
		now = now.Add(wait + 100*time.Millisecond)
	}
	if told != 1 {
		t.Fatalf("told %d times", told)
	}
	if wait, _ := r.next(now.Add(2 * time.Minute)); wait != 0 {
		t.Fatalf("after it worked: %s", wait)
	}
}
