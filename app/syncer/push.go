package syncer

import (
	"context"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// pushSize is how many messages go in one request.
const pushSize = 100

// pushAll sends what waits, and then whatever Push says, until ctx ends or the portal does not answer.
func (s *Syncer) pushAll(ctx context.Context) error {
	for {
		for {
			n, err := s.pushSome(ctx)
			if err != nil {
				return err
			}
			if n < pushSize {
				break
			}
		}
		if err := s.pushReads(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.push:
		}
	}
}

// pushSome sends one batch, in the order of writing. An item's refusal holds back no other.
func (s *Syncer) pushSome(ctx context.Context) (int, error) {
	unsent, err := s.replica.Take(ctx, pushSize)
	if err != nil || len(unsent) == 0 {
		return 0, err
	}
	in := &portalapi.SayInput{}
	for _, u := range unsent {
		in.Body.Messages = append(in.Body.Messages, portalapi.Outgoing{ID: u.ID, Participant: u.Participant, Text: u.Text, WrittenAt: u.WrittenAt, SetStatus: u.SetStatus})
	}
	out, err := portalapi.Call(ctx, s.portal, portalapi.Say, in)
	if err != nil {
		return 0, err
	}
	for _, result := range out.Body.Results {
		switch {
		case result.Message != nil:
			err = s.replica.Confirm(ctx, *result.Message)
		case result.Error.Code == chat.Internal:
			err = result.Error.AsError()
		default:
			err = s.replica.Reject(ctx, result.ID, result.Error.AsError())
		}
		if err != nil {
			return 0, err
		}
	}
	return len(unsent), nil
}

// pushReads tells the portal what the user has read. A chat that they may no longer see does not matter.
func (s *Syncer) pushReads(ctx context.Context) error {
	reads, err := s.replica.WaitingReads(ctx)
	if err != nil {
		return err
	}
	for _, read := range reads {
		in := &portalapi.ReadsInput{}
		in.Body.Reads = []portalapi.Mark{{Participant: read.Participant, Upto: read.Upto}}
		_, err := portalapi.Call(ctx, s.portal, portalapi.MarkRead, in)
		if err != nil && chat.CodeOf(err) != chat.NotFound {
			return err
		}
	}
	return s.replica.ConfirmReads(ctx, reads)
}
