package portal

import (
	"bytes"
	"iter"
	"slices"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/records"
)

// positions are how far a client has each matter, as its stream told it. A stream of an admin follows every matter of
// the firm, so a position takes only 40 bytes.
type positions struct {
	sorted []position
	totals chat.Totals
}

type position struct {
	matter  uuid.UUID
	version int64
	mark    [16]byte // zeros follow a shorter one
}

func positionOf(matter string, at records.Position) position {
	p := position{matter: uuid.MustParse(matter), version: at.Version} // the store makes the ids
	if len(at.Mark) <= len(p.mark) {                                   // otherwise it's unknown
		copy(p.mark[:], at.Mark)
	}
	return p
}

func (p position) position() records.Position {
	return records.Position{Version: p.version, Mark: string(bytes.TrimRight(p.mark[:], "\x00"))}
}

func (p position) compare(other position) int { return bytes.Compare(p.matter[:], other.matter[:]) }

func positionsOf(heads []chat.Head) *positions {
	p := &positions{sorted: make([]position, len(heads)), totals: chat.TotalsOf(heads)}
	for i, head := range heads {
		p.sorted[i] = positionOf(head.Matter, records.Position{Version: head.Version, Mark: head.Mark})
	}
	slices.SortFunc(p.sorted, position.compare)
	return p
}

func (p *positions) find(matter string) (i int, found bool) {
	return slices.BinarySearchFunc(p.sorted, positionOf(matter, records.Position{}), position.compare)
}

func (p *positions) get(matter string) (at records.Position, found bool) {
	i, found := p.find(matter)
	if found {
		at = p.sorted[i].position()
	}
	return at, found
}

func (p *positions) set(matter string, at records.Position) {
	i, found := p.find(matter)
	if found {
		p.totals.Versions -= p.sorted[i].version
		p.sorted[i] = positionOf(matter, at)
	} else {
		p.sorted = slices.Insert(p.sorted, i, positionOf(matter, at))
		p.totals.Matters++
	}
	p.totals.Versions += at.Version
}

func (p *positions) remove(matter string) {
	if i, found := p.find(matter); found {
		p.totals.Matters--
		p.totals.Versions -= p.sorted[i].version
		p.sorted = slices.Delete(p.sorted, i, i+1)
	}
}

// all are the matters with their positions.
func (p *positions) all() iter.Seq2[string, records.Position] {
	return func(yield func(string, records.Position) bool) {
		for _, at := range p.sorted {
			if !yield(at.matter.String(), at.position()) {
				return
			}
		}
	}
}

// matters lists the matters.
func (p *positions) matters() []string {
	all := make([]string, len(p.sorted))
	for i, at := range p.sorted {
		all[i] = at.matter.String()
	}
	return all
}
