package syncer

import (
	"testing"
	"time"

	"matterline/app/chat"
)

// Quick tasks come first, then the open matter, then the user's own matters by latest activity, then the rest.
func TestPullOrder(t *testing.T) {
	s := New(nil, nil, nil, func(Freshness) {})
	s.Prefer("open")
	p := newPuller(s)
	pull := func(matter string, mine bool, at int64) {
		p.todo[matter] = task{pull: true, head: chat.Head{Matter: matter, Mine: mine, ActiveAt: at}}
	}
	pull("old", false, 1)
	pull("lively", false, 9)
	pull("mine", true, 3)
	pull("mine lately", true, 5)
	pull("open", false, 0)
	pull("busy", true, 99)
	p.busy["busy"] = task{pull: true}
	p.todo["events"] = task{pages: []chat.Changes{{}}}
	now := time.Now()
	p.todo["failed"] = task{forget: true, after: now.Add(time.Minute)}
	for _, want := range []string{"events", "open", "mine lately", "mine", "lively", "old", ""} {
		got, _, soonest := p.next(now)
		if got != want || soonest != now.Add(time.Minute) {
			t.Fatalf("%q, want %q", got, want)
		}
		delete(p.todo, got)
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
		{"HeardWhileForgetting", task{forget: true}, task{pages: []chat.Changes{page(0)}}, task{forget: true, pages: []chat.Changes{page(0)}}},
		{"GoneWhilePulling", task{pull: true, head: chat.Head{Version: 5}}, task{forget: true}, task{forget: true}},
		{"GoneAndBack", task{pull: true}, task{forget: true, pages: []chat.Changes{page(0)}}, task{forget: true, pages: []chat.Changes{page(0)}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p.todo["m"] = tt.since
			p.putBack("m", tt.first)
			got := p.todo["m"]
			if got.forget != tt.want.forget || got.pull != tt.want.pull || got.head.Version != tt.want.head.Version || len(got.pages) != len(tt.want.pages) {
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
