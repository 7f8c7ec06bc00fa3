package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// They read what the firm writes after a moment, and answer a little later.
const (
	readsAfter   = 1200 * time.Millisecond
	answersAfter = 2500 * time.Millisecond
)

// animate lets every participant who has joined follow the portal, as their browser would, and answer.
func (p *Portal) animate(ctx context.Context) error {
	all, err := scripts()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, m := range all {
		for _, r := range m.participants {
			if !r.joined || len(r.replies) == 0 {
				continue
			}
			account, err := p.store.AccountByEmail(ctx, m.email(r.key))
			if err != nil {
				return err
			}
			client, err := p.client(ctx, account)
			if err != nil {
				return err
			}
			c := &lively{client: client, replies: r.replies}
			group.Go(func() error { return c.live(ctx) })
		}
	}
	return group.Wait()
}

// lively is one participant with something to say.
type lively struct {
	client  *portalapi.Client
	replies []string
	next    int
}

// live answers whatever the firm writes from now on.
func (l *lively) live(ctx context.Context) error {
	for ctx.Err() == nil {
		err := l.client.Follow(ctx, func(ev portalapi.Event) error {
			if ev.Changes == nil {
				return nil
			}
			for i := len(ev.Changes.Messages) - 1; i >= 0; i-- {
				if m := ev.Changes.Messages[i]; !m.FromParticipant() {
					return l.answer(ctx, m)
				}
			}
			return nil
		})
		if ctx.Err() == nil && chat.CodeOf(err) != chat.Unreachable {
			return fmt.Errorf("lively client: %w", err)
		}
		_ = pause(ctx, time.Second)
	}
	return nil
}

func (l *lively) answer(ctx context.Context, m chat.Message) error {
	if err := pause(ctx, readsAfter); err != nil {
		return err
	}
	reads := &portalapi.ReadsInput{}
	reads.Body.Reads = []portalapi.Mark{{Participant: m.Participant, Upto: m.Version}}
	if _, err := portalapi.Call(ctx, l.client, portalapi.MarkRead, reads); err != nil {
		return err
	}
	if err := pause(ctx, answersAfter); err != nil {
		return err
	}
	say := &portalapi.SayInput{}
	say.Body.Messages = []portalapi.Outgoing{{
		ID: uuid.Must(uuid.NewV7()).String(), Participant: m.Participant,
		Text: l.replies[l.next%len(l.replies)], WrittenAt: time.Now().UnixMilli(),
	}}
	l.next++
	out, err := portalapi.Call(ctx, l.client, portalapi.Say, say)
	if err == nil && out.Body.Results[0].Error != nil {
		err = out.Body.Results[0].Error
	}
	return err
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return errors.New("stopped")
	case <-time.After(d):
		return nil
	}
}
