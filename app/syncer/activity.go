package syncer

import (
	"context"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// activitySize limits the reports in one request: few enough not to hold up messages on a slow line.
const activitySize = 20

// reportAll sends the reports for the audit trail, now and after each Push, until ctx ends or an error ends the
// connection. It runs beside the pusher: reports delay no message, and the user sees no problem with them.
func (s *Syncer) reportAll(ctx context.Context) error {
	var wait time.Duration
	for {
		retry := s.retry.next()
		more, err := s.sendActivity(ctx)
		if endsConnection(err) {
			return err
		}
		report := s.report
		var due <-chan time.Time
		switch {
		case more:
			continue
		case err == nil:
			wait = 0
		case chat.CodeOf(err) == chat.NoOperation: // an older portal; it may have been updated at the next connection
			report = nil
		default:
			s.log.Info("report activity", "error", err)
			wait = s.pace.longer(wait)
			report, due = nil, time.After(max(jitter(wait), portalapi.RetryAfter(err)))
			if unreachable(err) {
				signal(s.doubt)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-due:
		case <-retry:
		case <-report:
		}
	}
}

// sendActivity sends some reports. more is true if it sent as many as it may at once. A report that the portal refuses
// for good counts as sent.
func (s *Syncer) sendActivity(ctx context.Context) (more bool, err error) {
	in := &portalapi.ActivityInput{}
	if in.Body.Reports, err = s.replica.UnsentActivity(ctx, activitySize); err != nil || len(in.Body.Reports) == 0 {
		return false, err
	}
	out, err := portalapi.Call(ctx, s.portal, portalapi.ReportActivity, in)
	if err != nil {
		return false, err
	}
	var done []string
	for _, result := range out.Body.Results {
		if _, rejected := result.Rejection(); rejected || result.Error == nil {
			done = append(done, result.ID)
		}
	}
	if err := s.replica.ConfirmActivity(ctx, done); err != nil {
		return false, err
	}
	if len(done) < len(in.Body.Reports) {
		return false, errNoResult
	}
	return len(done) == activitySize, nil
}
