package trial

import (
	"context"
	"encoding/json"
	"log/slog"

	"matterline/app/chat"
	"matterline/app/syncer"
)

// loggedReplica logs the syncer's calls.
type loggedReplica struct {
	syncer.Replica
	log *slog.Logger
}

func (r loggedReplica) write(what string, v any, err error) {
	text, _ := json.Marshal(v)
	r.log.Info(what, "what", string(text), "error", err)
}

func (r loggedReplica) Apply(ctx context.Context, page chat.Changes) error {
	err := r.Replica.Apply(ctx, page)
	r.write("apply", page, err)
	return err
}

func (r loggedReplica) Forget(ctx context.Context, matter string) error {
	err := r.Replica.Forget(ctx, matter)
	r.write("forget", matter, err)
	return err
}

func (r loggedReplica) StartOver(ctx context.Context, epoch string) error {
	err := r.Replica.StartOver(ctx, epoch)
	r.write("start over", epoch, err)
	return err
}

func (r loggedReplica) Confirm(ctx context.Context, m chat.Message, superseded bool) error {
	err := r.Replica.Confirm(ctx, m, superseded)
	r.write("confirm", []any{m, superseded}, err)
	return err
}

func (r loggedReplica) Settle(ctx context.Context, id string) error {
	err := r.Replica.Settle(ctx, id)
	r.write("settle", id, err)
	return err
}

func (r loggedReplica) Reject(ctx context.Context, id string, why *chat.Error) error {
	err := r.Replica.Reject(ctx, id, why)
	r.write("reject", []any{id, why}, err)
	return err
}

func (r loggedReplica) Take(ctx context.Context, limit int) ([]chat.Unsent, error) {
	unsent, err := r.Replica.Take(ctx, limit)
	r.write("take", unsent, err)
	return unsent, err
}

var _ syncer.Replica = loggedReplica{}
