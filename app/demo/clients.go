package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// Demo clients read a message after readDelay and answer answerDelay later.
const (
	readDelay   = 1200 * time.Millisecond
	answerDelay = 2500 * time.Millisecond
)

// runClients runs a demo client for each participant who has joined and has replies in their script.
func (p *Portal) runClients(ctx context.Context) error {
	all, err := scripts()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, m := range all {
		for _, participant := range m.participants {
			if !participant.joined || len(participant.replies) == 0 {
				continue
			}
			account, err := p.store.AccountByEmail(ctx, m.email(participant.key))
			if err != nil {
				return err
			}
			client, err := p.client(ctx, account)
			if err != nil {
				return err
			}
			c := &demoClient{client: client, replies: participant.replies}
			group.Go(func() error { return c.run(ctx) })
		}
	}
	return group.Wait()
}

// demoClient answers the firm's messages for one participant.
type demoClient struct {
	client  *portalapi.Client
	replies []string
	next    int
}

// run answers the firm's new messages until ctx ends.
func (c *demoClient) run(ctx context.Context) error {
	for ctx.Err() == nil {
		err := c.client.Follow(ctx, func(ev portalapi.Event) error {
			if ev.Changes == nil {
				return nil
			}
			for i := len(ev.Changes.Messages) - 1; i >= 0; i-- {
				if m := ev.Changes.Messages[i]; !m.FromParticipant() {
					return c.answer(ctx, m)
				}
			}
			return nil
		})
		if code := chat.CodeOf(err); ctx.Err() == nil && code != chat.Unreachable && code != chat.Busy {
			return fmt.Errorf("demo client: %w", err)
		}
		_ = wait(ctx, time.Second)
	}
	return nil
}

func (c *demoClient) answer(ctx context.Context, m chat.Message) error {
	if err := wait(ctx, readDelay); err != nil {
		return err
	}
	reads := &portalapi.ReadsInput{}
	reads.Body.Reads = []portalapi.ReadMark{{Participant: m.Participant, Upto: m.Version}}
	if _, err := portalapi.Call(ctx, c.client, portalapi.MarkRead, reads); err != nil {
		return err
	}
	if err := wait(ctx, answerDelay); err != nil {
		return err
	}
	send := &portalapi.SendMessagesInput{}
	send.Body.Messages = []portalapi.Outgoing{{
		ID: uuid.Must(uuid.NewV7()).String(), Participant: m.Participant,
		Text: c.replies[c.next%len(c.replies)], WrittenAt: time.Now().UnixMilli(),
	}}
	c.next++
	out, err := portalapi.Call(ctx, c.client, portalapi.SendMessages, send)
	if err == nil && out.Body.Results[0].Error != nil {
		err = out.Body.Results[0].Error
	}
	return err
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
