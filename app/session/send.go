package session

import (
	"context"
	"time"

	"matterline/app/replica"
)

// Send writes a text to participants of a matter, each in their own chat, and clears the draft of the chat it was
// typed in. For some seconds it can be undone. Then it is sent as soon as the portal can be reached. It returns
// text_required, text_too_long, text_invalid and not_found.
func (s *Session) Send(ctx context.Context, draft string, to []string, text string, setStatus bool) ([]replica.Message, error) {
	undo := s.options.Undo
	sent, err := s.replica.Send(ctx, replica.Outgoing{Draft: draft, To: to, Text: text, SetStatus: setStatus, Undo: undo})
	if err == nil {
		s.syncer.Push()
		time.AfterFunc(undo, func() { s.publisher.publish() }) // it counts as waiting from then on
	}
	return sent, err
}

// Change makes a change in the replica and wakes the syncer to send it.
func (s *Session) Change(do func(*replica.Replica) error) error {
	if err := do(s.replica); err != nil {
		return err
	}
	s.syncer.Push()
	return nil
}

// ReportView reports the user's view of a matter to the portal, if the audit trail must have it.
func (s *Session) ReportView(ctx context.Context, m replica.Matter) {
	added, err := s.replica.ReportView(ctx, m)
	if err != nil { // a full disk doesn't stop the user from reading
		s.options.Log.Error("report view", "error", err)
		s.ReportError(err)
	}
	if added {
		s.syncer.Push()
	}
}

// sendNowTimeout limits how long SendNow waits.
const sendNowTimeout = 800 * time.Millisecond

// SendNow sends the messages that can still be undone, and waits a moment until the portal has them. What can't be sent
// stays in the outbox.
func (s *Session) SendNow() {
	ctx, cancel := context.WithTimeout(context.Background(), sendNowTimeout)
	defer cancel()
	some, err := s.replica.EndUndo(ctx)
	if err != nil || !some {
		return
	}
	if f, err := s.Freshness(ctx); err != nil || f.Note() != "" { // the portal is away
		return
	}
	s.syncer.Push()
	if err := s.replica.WaitSent(ctx); err != nil {
		s.options.Log.Info("send now", "error", err)
	}
}
