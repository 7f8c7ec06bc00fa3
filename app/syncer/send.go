package syncer

import (
	"context"
	"errors"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

const (
	// pushSize and pushLength limit the messages, and the bytes of text, in one request.
	pushSize   = 100
	pushLength = 64 << 10
	// maxRequests limits the requests at once.
	maxRequests = 4
)

// errNoResult is the error of a message without a result in the portal's answer.
var errNoResult = errors.New("the portal returned no result")

// fitting returns the first messages of a lane that fit into one request with others.
func fitting(run, others []chat.Unsent) []chat.Unsent {
	length := 0
	for _, u := range others {
		length += len(u.Text)
	}
	for i, u := range run {
		length += len(u.Text)
		if u.Kind != chat.SendMessage || len(others)+i == pushSize || length > pushLength && len(others)+i > 0 {
			return run[:i]
		}
	}
	return run
}

// rejection returns the error with which the portal rejected a request for good.
func rejection(err error) (*chat.Error, bool) {
	e, ok := errors.AsType[*chat.Error](err)
	if !ok || unreachable(err) {
		return nil, false
	}
	switch e.Code {
	case chat.Internal, chat.TooMany, chat.SignedOut:
		return nil, false
	}
	return e, true
}

// send sends one item.
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
	return p.sendMessages(ctx, []chat.Unsent{u})
}

// settle stores the result of one item.
func (p *pusher) settle(ctx context.Context, u chat.Unsent, err error) outcome {
	if err == nil {
		return outcome{replicaErr: p.replica.Settle(ctx, u.ID)}
	}
	if why, rejected := rejection(err); rejected {
		return outcome{replicaErr: p.replica.Reject(ctx, u.ID, why)}
	}
	return outcome{failed: map[string]error{laneOf(u): err}}
}

// sendMessages sends messages in one request. A rejected message doesn't hold back the others.
func (p *pusher) sendMessages(ctx context.Context, run []chat.Unsent) outcome {
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
	o := outcome{failed: map[string]error{}}
	results := map[string]portalapi.Result{}
	if err == nil {
		err = errNoResult
		for _, result := range out.Body.Results {
			results[result.ID] = result
		}
	}
	for _, u := range run {
		result, found := results[u.ID]
		switch {
		case found && result.Message != nil:
			o.replicaErr = p.replica.Confirm(ctx, *result.Message, result.Status == chat.StatusSuperseded)
		case found && result.Error != nil && result.Error.Code != chat.Internal:
			o.replicaErr = p.replica.Reject(ctx, u.ID, result.Error.AsError())
		case found && result.Error != nil:
			o.failed[laneOf(u)] = result.Error.AsError()
		default:
			o.failed[laneOf(u)] = err
		}
		if o.replicaErr != nil {
			return o
		}
	}
	return o
}

// sendReads sends read marks. If the portal rejects them, it sends them one by one: the user may have lost access to a
// chat.
func (p *pusher) sendReads(ctx context.Context, reads []chat.Read) outcome {
	in := &portalapi.ReadsInput{}
	for _, read := range reads {
		in.Body.Reads = append(in.Body.Reads, portalapi.ReadMark{Participant: read.Participant, Upto: read.Upto})
	}
	_, err := portalapi.Call(ctx, p.portal, portalapi.MarkRead, in)
	_, rejected := rejection(err)
	switch {
	case err == nil || rejected && len(reads) == 1:
		return outcome{replicaErr: p.replica.ConfirmReads(ctx, reads)}
	case rejected:
		for i := range reads {
			if o := p.sendReads(ctx, reads[i:i+1]); o.replicaErr != nil || o.failed != nil {
				return o
			}
		}
		return outcome{}
	}
	return outcome{failed: map[string]error{readLane: err}}
}
