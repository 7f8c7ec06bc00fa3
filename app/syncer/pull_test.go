package syncer

import (
	"testing"
	"time"

	"matterline/app/chat"
)

// What is soon done comes first, then the open matter, then mine by latest activity, then the rest.
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
	p.todo["heard"] = task{heard: []chat.Changes{{}}}
	now := time.Now()
	p.todo["failed"] = task{gone: true, after: now.Add(time.Minute)}
	for _, want := range []string{"heard", "open", "mine lately", "mine", "lively", "old", ""} {
		got, _, soonest := p.first(now)
		if got != want || soonest != now.Add(time.Minute) {
			t.Fatalf("%q, want %q", got, want)
		}
		delete(p.todo, got)
	}
}

// What was heard of a matter is never lost with a try that failed, and never done before what came first.
func TestPutBack(t *testing.T) {
	page := func(after int64) chat.Changes { return chat.Changes{Matter: "m", After: after, Version: after + 1} }
	p := newPuller(New(nil, nil, nil, func(Freshness) {}))
	for _, tt := range []struct {
		name         string
		first, since task
		want         task
	}{
		{"Heard", task{heard: []chat.Changes{page(1)}}, task{heard: []chat.Changes{page(2)}}, task{heard: []chat.Changes{page(1), page(2)}}},
		{"HeardWhilePulling", task{pull: true, head: chat.Head{Version: 5}}, task{heard: []chat.Changes{page(7)}}, task{pull: true, head: chat.Head{Version: 8}}},
		{"HeardWhileForgetting", task{gone: true}, task{heard: []chat.Changes{page(0)}}, task{gone: true, heard: []chat.Changes{page(0)}}},
		{"GoneWhilePulling", task{pull: true, head: chat.Head{Version: 5}}, task{gone: true}, task{gone: true}},
		{"GoneAndBack", task{pull: true}, task{gone: true, heard: []chat.Changes{page(0)}}, task{gone: true, heard: []chat.Changes{page(0)}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p.todo["m"] = tt.since
			p.putBack("m", tt.first)
			got := p.todo["m"]
			if got.gone != tt.want.gone || got.pull != tt.want.pull || got.head.Version != tt.want.head.Version || len(got.heard) != len(tt.want.heard) {
				t.Fatalf("%+v", got)
			}
			for i, page := range tt.want.heard {
				if got.heard[i].After != page.After {
					t.Fatalf("%+v", got.heard)
				}
			}
		})
	}
}
