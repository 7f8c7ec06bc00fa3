package syncer

import (
	"context"
	"errors"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

const (
	// pushSize and pushLength are how many messages, and how many bytes of text, go in one request.
	pushSize   = 100
	pushLength = 64 << 10
	// requests is how many are under way at once.
	requests = 4
)

// errNoResult is told of what a portal has left out of its answer.
var errNoResult = errors.New("the portal gave no result")

// fitting are the messages at the head of a lane that fit into one request with others.
func fitting(run, others []chat.Unsent) []chat.Unsent {
	length := 0
	for _, u := range others {
		length += len(u.Text)
	}
	for i, u := range run {
		length += len(u.Text)
		if u.Kind != chat.SayMessage || len(others)+i == pushSize || length > pushLength && len(others)+i > 0 {
			return run[:i]
		}
	}
	return run
}

// refused reports whether err is the portal's last word on what it was asked.
func refused(err error) (*chat.Error, bool) {
	e, ok := errors.AsType[*chat.Error](err)
	if !ok || away(err) {
		return nil, false
	}
	switch e.Code {
	case chat.Internal, chat.TooMany, chat.SignedOut:
		return nil, false
	}
	return e, true
}

// send sends one thing.
func (p *pusher) send(ctx context.Context, u chat.Unsent) outcome {
	switch u.Kind {
	case chat.SetStatus:
		in := &portalapi.StatusInput{Participant: u.Participant}
		in.Body.Message, in.Body.Saw = u.Message, u.SawStatus
		_, err := portalapi.Call(ctx, p.portal, portalapi.SetStatus, in)
		return p.settle(ctx, u, err)
	case chat.AssignMatter:
		in := &portalapi.AssignInput{Matter: u.Matter}
		in.Body.User = u.Assigned
		_, err := portalapi.Call(ctx, p.portal, portalapi.Assign, in)
		return p.settle(ctx, u, err)
	}
	return p.say(ctx, []chat.Unsent{u})
}

// settle notes what became of one thing.
func (p *pusher) settle(ctx context.Context, u chat.Unsent, err error) outcome {
	if err == nil {
		return outcome{broken: p.replica.Settle(ctx, u.ID)}
	}
	if why, last := refused(err); last {
		return outcome{broken: p.replica.Reject(ctx, u.ID, why)}
	}
	return outcome{troubled: map[string]error{laneOf(u): err}}
}

// say sends messages in one request. One that is refused holds back no other.
func (p *pusher) say(ctx context.Context, run []chat.Unsent) outcome {
	in := &portalapi.SendMessagesInput{}
	for _, u := range run {
		in.Body.Messages = append(in.Body.Messages, portalapi.Outgoing{
			ID: u.ID, Participant: u.Participant, Text: u.Text, WrittenAt: u.WrittenAt, SetStatus: u.SetStatus, SawStatus: u.SawStatus,
		})
	}
	out, err := portalapi.Call(ctx, p.portal, portalapi.SendMessages, in)
	if err != nil && len(run) == 1 {
		return p.settle(ctx, run[0], err)
	}
	o := outcome{troubled: map[string]error{}}
	results := map[string]portalapi.Result{}
	if err == nil {
		err = errNoResult
		for _, result := range out.Body.Results {
			results[result.ID] = result
		}
	}
	for _, u := range run {
		result, told := results[u.ID]
		switch {
		case told && result.Message != nil:
			o.broken = p.replica.Confirm(ctx, *result.Message, result.Status == chat.StatusSuperseded)
		case told && result.Error != nil && result.Error.Code != chat.Internal:
			o.broken = p.replica.Reject(ctx, u.ID, result.Error.AsError())
		case told && result.Error != nil:
			o.troubled[laneOf(u)] = result.Error.AsError()
		default:
			o.troubled[laneOf(u)] = err
		}
		if o.broken != nil {
			return o
		}
	}
	return o
}

// sendReads tells the portal what the user has read. A chat that they may no longer see does not matter; the
// others are then told one by one.
func (p *pusher) sendReads(ctx context.Context, reads []chat.Read) outcome {
	in := &portalapi.ReadsInput{}
	for _, read := range reads {
		in.Body.Reads = append(in.Body.Reads, portalapi.ReadMark{Participant: read.Participant, Upto: read.Upto})
	}
	_, err := portalapi.Call(ctx, p.portal, portalapi.MarkRead, in)
	_, last := refused(err)
	switch {
	case err == nil || last && len(reads) == 1:
		return outcome{broken: p.replica.ConfirmReads(ctx, reads)}
	case last:
		for i := range reads {
			if o := p.sendReads(ctx, reads[i:i+1]); o.broken != nil || o.troubled != nil {
				return o
			}
		}
		return outcome{}
	}
	return outcome{troubled: map[string]error{readLane: err}}
}
