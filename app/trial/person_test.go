package trial

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// person is a participant at their browser: they say one thing after the other, and ask again under the same
// id until the portal has answered.
type person struct {
	w             *world
	name, account string
	lane          *lane
	client        *portalapi.Client
	chats         []room
	said          int

	ctx    context.Context
	cancel context.CancelFunc
	asks   chan func()
	mu     sync.Mutex
	asked  int // what has not been answered
	// confirmed are the messages that the portal has taken.
	confirmed []chat.Message
	// restored is how many things had been said when the portal was last restored: of those, what it has not
	// got may be gone.
	restored int
}

// room is a chat and its matter.
type room struct{ matter, chat string }

func newPerson(w *world, name, account string) *person {
	token, err := w.house.store.StartSession(context.Background(), account, "")
	check(w.t, err)
	p := &person{w: w, name: name, account: account, lane: w.net.addLane(), asks: make(chan func(), 1000)}
	p.client = portalapi.NewClient(p.lane.address, token)
	p.ctx, p.cancel = context.WithCancel(context.Background())
	go func() {
		for ask := range p.asks {
			ask()
			p.mu.Lock()
			p.asked--
			p.mu.Unlock()
			w.tell()
		}
	}()
	return p
}

func (p *person) leave() {
	p.cancel()
	close(p.asks)
}

func (p *person) enqueue(ask func()) {
	p.mu.Lock()
	p.asked++
	p.mu.Unlock()
	p.asks <- ask
}

func (p *person) idle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked == 0
}

// say says something in a chat.
func (p *person) say(r room) {
	p.said++
	n, in := p.said, &portalapi.SendMessagesInput{}
	in.Body.Messages = []portalapi.Outgoing{{
		ID: newID(), Participant: r.chat,
		Text: fmt.Sprintf("%s %s says %d", secret(r.matter), p.name, p.said),
	}}
	p.enqueue(func() {
		out, err := insist(p, portalapi.SendMessages, in)
		if err == nil && out.Body.Results[0].Message != nil {
			p.mu.Lock()
			if n > p.restored {
				p.confirmed = append(p.confirmed, *out.Body.Results[0].Message)
			}
			p.mu.Unlock()
		}
	})
}

// read reads a chat as far as it goes.
func (p *person) read(r room) {
	in := &portalapi.ReadsInput{}
	in.Body.Reads = []portalapi.ReadMark{{Participant: r.chat, Upto: 1 << 40}}
	p.enqueue(func() { _, _ = insist(p, portalapi.MarkRead, in) })
}

// insist asks until there is an answer.
func insist[I, O any](p *person, op portalapi.Op[I, O], in *I) (*O, error) {
	for {
		out, err := portalapi.Call(p.ctx, p.client, op, in)
		code := chat.CodeOf(err)
		if err == nil || code != chat.Unreachable && code != chat.Internal || p.ctx.Err() != nil {
			return out, err
		}
		p.w.net.hold(p.ctx, 1)
	}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
