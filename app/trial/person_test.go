package trial

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// person is a participant in a browser. They send one request after the other, and repeat it with the same id until the
// portal answers.
type person struct {
	w             *world
	name, account string
	lane          *lane
	client        *portalapi.Client
	chats         []chatRef
	count         int // of their messages

	ctx    context.Context
	cancel context.CancelFunc
	asks   chan func()
	mu     sync.Mutex
	asked  int // requests without an answer
	// confirmed holds the messages that the portal confirmed.
	confirmed []chat.Message
	// restored is the count when the portal was last restored. Of those messages, some may be lost.
	restored int
}

// chatRef names a chat and its matter.
type chatRef struct{ matter, chat string }

func newPerson(w *world, name, account string) *person {
	token, err := w.host.store.StartSession(context.Background(), account, chat.Origin{})
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
			w.signalChange()
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

// send sends a message in a chat.
func (p *person) send(r chatRef) {
	p.count++
	n, in := p.count, &portalapi.SendMessagesInput{}
	in.Body.Messages = []portalapi.Outgoing{{
		ID: newID(), Participant: r.chat,
		Text: fmt.Sprintf("%s %s says %d", secret(r.matter), p.name, p.count),
	}}
	p.enqueue(func() {
		out, err := ask(p, portalapi.SendMessages, in)
		if err == nil && out.Body.Results[0].Message != nil {
			p.mu.Lock()
			if n > p.restored {
				p.confirmed = append(p.confirmed, *out.Body.Results[0].Message)
			}
			p.mu.Unlock()
		}
	})
}

// read reads a chat to its end.
func (p *person) read(r chatRef) {
	in := &portalapi.ReadsInput{}
	in.Body.Reads = []portalapi.ReadMark{{Participant: r.chat, Upto: 1 << 40}}
	p.enqueue(func() { _, _ = ask(p, portalapi.MarkRead, in) })
}

// ask repeats a request until there is an answer.
func ask[I, O any](p *person, op portalapi.Op[I, O], in *I) (*O, error) {
	for {
		out, err := portalapi.Call(p.ctx, p.client, op, in)
		_, rejected := op.Rejection(err)
		if err == nil || rejected || chat.CodeOf(err) == chat.SignedOut || p.ctx.Err() != nil {
			return out, err
		}
		p.w.net.hold(p.ctx, 1)
	}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
