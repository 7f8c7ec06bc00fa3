package syncer

import (
	"cmp"
	"container/heap"
	"time"
)

// queue holds tasks, at most one for each matter. Finding the next one takes little time among thousands, as in the
// first sync of a large firm.
type queue struct {
	byMatter map[string]*queued
	ready    tasks // the most urgent first
	waiting  tasks // those that failed, and may be tried again after a time: the soonest first
	pulls    int
}

type queued struct {
	task
	matter string
	in     *tasks // where it is, at place
	place  int
}

func newQueue() *queue {
	return &queue{
		byMatter: map[string]*queued{},
		ready:    tasks{before: moreUrgent},
		waiting:  tasks{before: func(a, b *queued) bool { return a.after.Before(b.after) }},
	}
}

func moreUrgent(a, b *queued) bool {
	return cmp.Or(
		boolFirst(!a.pull, !b.pull), // applying pages is quick
		boolFirst(a.gone, b.gone),
		boolFirst(a.head.Mine, b.head.Mine),
		cmp.Compare(b.head.ActiveAt, a.head.ActiveAt),
		cmp.Compare(a.matter, b.matter),
	) < 0
}

func (q *queue) get(matter string) (t task, found bool) {
	if queued := q.byMatter[matter]; queued != nil {
		return queued.task, true
	}
	return t, false
}

// put adds a matter's task, in the place of an earlier one.
func (q *queue) put(matter string, t task) {
	q.remove(matter)
	added := &queued{task: t, matter: matter}
	q.byMatter[matter] = added
	if t.pull {
		q.pulls++
	}
	if t.after.IsZero() {
		q.ready.add(added)
	} else {
		q.waiting.add(added)
	}
}

func (q *queue) remove(matter string) {
	queued := q.byMatter[matter]
	if queued == nil {
		return
	}
	heap.Remove(queued.in, queued.place)
	delete(q.byMatter, matter)
	if queued.pull {
		q.pulls--
	}
}

// next returns the most urgent task that can start now: not of a busy matter, and the preferred one before other pulls.
// soonest is when the next one that failed can start, or zero.
func (q *queue) next(now time.Time, preferred string, busy map[string]task) (matter string, next task, soonest time.Time) {
	for q.waiting.Len() > 0 && !q.waiting.all[0].after.After(now) {
		q.ready.add(heap.Pop(&q.waiting).(*queued))
	}
	var found *queued
	var skipped []*queued
	for found == nil && q.ready.Len() > 0 {
		if first := q.ready.all[0]; !has(busy, first.matter) {
			found = first
		} else {
			skipped = append(skipped, heap.Pop(&q.ready).(*queued))
		}
	}
	for _, s := range skipped {
		q.ready.add(s)
	}
	if p := q.byMatter[preferred]; p != nil && p.in == &q.ready && found != nil && found.pull && !has(busy, preferred) {
		found = p
	}
	if found != nil {
		matter, next = found.matter, found.task
	}
	if q.waiting.Len() > 0 {
		soonest = q.waiting.all[0].after
	}
	return matter, next, soonest
}

func has[T any](m map[string]T, key string) bool {
	_, found := m[key]
	return found
}

// tasks is a heap of tasks.
type tasks struct {
	all    []*queued
	before func(a, b *queued) bool
}

func (t *tasks) add(q *queued) {
	q.in = t
	heap.Push(t, q)
}

func (t *tasks) Len() int           { return len(t.all) }
func (t *tasks) Less(i, j int) bool { return t.before(t.all[i], t.all[j]) }

func (t *tasks) Swap(i, j int) {
	t.all[i], t.all[j] = t.all[j], t.all[i]
	t.all[i].place, t.all[j].place = i, j
}

func (t *tasks) Push(q any) {
	added := q.(*queued)
	added.place = len(t.all)
	t.all = append(t.all, added)
}

func (t *tasks) Pop() any {
	last := t.all[len(t.all)-1]
	t.all = t.all[:len(t.all)-1]
	return last
}
