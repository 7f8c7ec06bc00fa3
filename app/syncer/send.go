package syncer

import (
	"context"
	"errors"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

const (
	// pushSize and pushLength limit the messages, and their bytes, in one request.
	pushSize   = 100
	pushLength = 64 << 10
	// overhead is about how many bytes a message takes in a request besides its text.
	overhead = 200
	// maxRequests limits the requests at once.
	maxRequests = 4
)

// errNoResult is the error of a message without a result in the portal's answer.
var errNoResult = errors.New("the portal returned no result")

// sizeOf returns about how many bytes messages take in a request.
func sizeOf(messages ...chat.Unsent) (bytes int) {
	for _, u := range messages {
		bytes += len(u.Text) + overhead
	}
	return bytes
}

// fitting returns the first messages of a lane that fit into a request of at most room bytes, together with others.
// The first message of a request always fits.
func fitting(run, others []chat.Unsent, room int) []chat.Unsent {
	size := sizeOf(others...)
	for i, u := range run {
		size += sizeOf(u)
		if u.Kind != chat.SendMessage || len(others)+i == pushSize || size > room && len(others)+i > 0 {
			return run[:i]
		}
	}
	return run
}

// send sends one item.
func (p *pusher) send(ctx context.Context, u chat.Unsent) outcome {
	switch u.Kind {
	case chat.SetStatus:
		in := &portalapi.StatusInput{Participant: u.Participant}
		in.Body.Message, in.Body.Saw = u.Message, u.SawStatus
		_, err := portalapi.Call(ctx, p.portal, portalapi.SetStatus, in)
		return settle(ctx, p, portalapi.SetStatus, u, err)
	case chat.AssignMatter:
		in := &portalapi.AssignInput{Matter: u.Matter}
		in.Body.User = u.Assigned
		_, err := portalapi.Call(ctx, p.portal, portalapi.Assign, in)
		return settle(ctx, p, portalapi.Assign, u, err)
	}
	return p.sendMessages(ctx, []chat.Unsent{u})
}

// settle stores the result of a decision.
func settle[I, O any](ctx context.Context, p *pusher, op portalapi.Op[I, O], u chat.Unsent, err error) outcome {
	if err == nil {
		return outcome{replicaErr: p.replica.Settle(ctx, u.ID)}
	}
	if why, rejected := op.Rejection(err); rejected {
		return outcome{replicaErr: p.replica.Reject(ctx, u.ID, why)}
	}
	return outcome{failed: map[string]error{laneOf(u): err}}
}

// sendMessages sends messages in one request. A rejected message doesn't hold back the others. Only a message's own
// result rejects it: an error of the whole request is never about one of them.
func (p *pusher) sendMessages(ctx context.Context, run []chat.Unsent) outcome {
	in := &portalapi.SendMessagesInput{}
	for _, u := range run {
		in.Body.Messages = append(in.Body.Messages, portalapi.Outgoing{
			ID: u.ID, Participant: u.Participant, Text: u.Text, WrittenAt: u.WrittenAt, SetStatus: u.SetStatus, SawStatus: u.SawStatus,
		})
	}
	out, err := portalapi.Call(ctx, p.portal, portalapi.SendMessages, in)
	o := outcome{failed: map[string]error{}, size: sizeOf(run...)}
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
		case found && result.Error != nil:
			if why, rejected := result.Rejection(); rejected {
				o.replicaErr = p.replica.Reject(ctx, u.ID, why)
			} else {
				o.failed[laneOf(u)] = result.Error.AsError()
			}
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
	_, rejected := portalapi.MarkRead.Rejection(err)
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

// sendReminders sends reminders, one by one if the portal rejects them: the user may have lost access to a chat.
func (p *pusher) sendReminders(ctx context.Context, reminders []chat.Reminder) outcome {
	in := &portalapi.SetRemindersInput{}
	in.Body.Reminders = reminders
	_, err := portalapi.Call(ctx, p.portal, portalapi.SetReminders, in)
	_, rejected := portalapi.SetReminders.Rejection(err)
	switch {
	case err == nil:
		return outcome{replicaErr: p.replica.ConfirmReminders(ctx, reminders)}
	case rejected && len(reminders) == 1:
		return outcome{replicaErr: p.replica.DropReminders(ctx, reminders)}
	case rejected:
		for i := range reminders {
			if o := p.sendReminders(ctx, reminders[i:i+1]); o.replicaErr != nil || o.failed != nil {
				return o
			}
		}
		return outcome{}
	}
	return outcome{failed: map[string]error{reminderLane: err}}
}
