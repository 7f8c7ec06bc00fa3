package trial

import (
	"context"
	"encoding/json"
	"log/slog"

	"matterline/app/chat"
	"matterline/app/replica"
	"matterline/app/syncer"
)

// told is a replica that logs what its syncer tells it.
type told struct {
	*replica.Replica
	log *slog.Logger
}

func (r told) note(what string, v any, err error) {
	text, _ := json.Marshal(v)
	r.log.Info(what, "what", string(text), "error", err)
}

func (r told) Apply(ctx context.Context, page chat.Changes) error {
	err := r.Replica.Apply(ctx, page)
	r.note("apply", page, err)
	return err
}

func (r told) Forget(ctx context.Context, matter string) error {
	err := r.Replica.Forget(ctx, matter)
	r.note("forget", matter, err)
	return err
}

func (r told) StartOver(ctx context.Context, epoch string) error {
	err := r.Replica.StartOver(ctx, epoch)
	r.note("start over", epoch, err)
	return err
}

func (r told) Confirm(ctx context.Context, m chat.Message, superseded bool) error {
	err := r.Replica.Confirm(ctx, m, superseded)
	r.note("confirm", []any{m, superseded}, err)
	return err
}

func (r told) Settle(ctx context.Context, id string) error {
	err := r.Replica.Settle(ctx, id)
	r.note("settle", id, err)
	return err
}

func (r told) Reject(ctx context.Context, id string, why *chat.Error) error {
	err := r.Replica.Reject(ctx, id, why)
	r.note("reject", []any{id, why}, err)
	return err
}

func (r told) Take(ctx context.Context, limit int) ([]chat.Unsent, error) {
	unsent, err := r.Replica.Take(ctx, limit)
	r.note("take", unsent, err)
	return unsent, err
}

var _ syncer.Replica = told{}
