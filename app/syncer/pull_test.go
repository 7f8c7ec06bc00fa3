package syncer

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"matterline/app/chat"
)

// Quick tasks come first, then the open matter, then what may be gone, then the user's own matters by latest activity, then the rest.
func TestPullOrder(t *testing.T) {
	q := newQueue()
	pull := func(matter string, mine bool, at int64) {
		q.put(matter, task{pull: true, head: chat.Head{Matter: matter, Mine: mine, ActiveAt: at}})
	}
	pull("old", false, 1)
	pull("lively", false, 9)
	pull("mine", true, 3)
	pull("mine lately", true, 5)
	pull("open", false, 0)
	pull("busy", true, 99)
	busy := map[string]task{"busy": {pull: true}}
	q.put("events", task{pages: []chat.Changes{{}}})
	now := time.Now()
	q.put("gone", task{pull: true, gone: true})
	q.put("failed", task{pull: true, gone: true, after: now.Add(time.Minute)})
	for _, want := range []string{"events", "open", "gone", "mine lately", "mine", "lively", "old", ""} {
		got, _, soonest := q.next(now, "open", busy)
		if got != want || soonest != now.Add(time.Minute) {
			t.Fatalf("%q, want %q", got, want)
		}
		q.remove(got)
	}
	if got, _, _ := q.next(now.Add(time.Minute), "open", busy); got != "failed" {
		t.Errorf("%q after the wait", got)
	}
}

// A queue with thousands of tasks finds the same next one as looking at all of them.
func TestQueue(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 0))
	q, all := newQueue(), map[string]task{}
	now := time.Now()
	for range 20_000 {
		now = now.Add(time.Second)
		matter := fmt.Sprint(random.IntN(100))
		if random.IntN(3) == 0 {
			q.remove(matter)
			delete(all, matter)
		} else {
			added := task{pull: random.IntN(4) > 0, head: chat.Head{Mine: random.IntN(2) == 0, ActiveAt: random.Int64N(9)}}
			if random.IntN(4) == 0 {
				added.after = now.Add(time.Duration(random.IntN(100)) * time.Second)
			}
			q.put(matter, added)
			all[matter] = added
		}
		busy := map[string]task{fmt.Sprint(random.IntN(100)): {}, fmt.Sprint(random.IntN(100)): {}}
		want, pulls := "", 0
		for id, added := range all {
			if added.pull {
				pulls++
			}
			if has(busy, id) || added.after.After(now) {
				continue
			}
			first := all[want]
			if want == "" || cmp.Or(boolFirst(!added.pull, !first.pull), boolFirst(added.pull && id == "7", first.pull && want == "7"),
				boolFirst(added.head.Mine, first.head.Mine), cmp.Compare(first.head.ActiveAt, added.head.ActiveAt), cmp.Compare(id, want)) < 0 {
				want = id
			}
		}
		if got, next, _ := q.next(now, "7", busy); got != want || next.after != all[want].after || q.pulls != pulls {
			t.Fatalf("%q, want %q; %d pulls, want %d", got, want, q.pulls, pulls)
		}
	}
}

// A failed task keeps its matter's events, in order.
func TestPutBack(t *testing.T) {
	page := func(after int64) chat.Changes { return chat.Changes{Matter: "m", After: after, Version: after + 1} }
	p := newPuller(New(nil, nil, nil, func(Freshness) {}))
	for _, tt := range []struct {
		name         string
		first, since task
		want         task
	}{
		{"Heard", task{pages: []chat.Changes{page(1)}}, task{pages: []chat.Changes{page(2)}}, task{pages: []chat.Changes{page(1), page(2)}}},
		{"HeardWhilePulling", task{pull: true, head: chat.Head{Version: 5}}, task{pages: []chat.Changes{page(7)}}, task{pull: true, head: chat.Head{Version: 8}}},
		{"HeardWhileGone", task{pull: true, gone: true}, task{pages: []chat.Changes{page(0)}}, task{pull: true, gone: true, head: chat.Head{Version: 1}}},
		{"GoneWhilePulling", task{pull: true, head: chat.Head{Version: 5}}, task{pull: true, gone: true}, task{pull: true, gone: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p.todo.put("m", tt.since)
			p.putBack("m", tt.first)
			got, _ := p.todo.get("m")
			if got.gone != tt.want.gone || got.pull != tt.want.pull || got.head.Version != tt.want.head.Version || len(got.pages) != len(tt.want.pages) {
				t.Fatalf("%+v", got)
			}
			for i, page := range tt.want.pages {
				if got.pages[i].After != page.After {
					t.Fatalf("%+v", got.pages)
				}
			}
		})
	}
}
