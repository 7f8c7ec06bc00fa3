package replicatest

import (
	"context"
	"fmt"
	"time"

	"matterline/app/chat"
	"matterline/app/replica"
)

// Vector is what one caller received from the portal, and the copy that this must result in. The files are in
// app/replica/testdata/vectors. TestSyncVectors in app writes them.
type Vector struct {
	Role     string                  `json:"role"` // user (Maya) or participant (Ana)
	Steps    []Step                  `json:"steps"`
	Expected map[string]chat.Changes `json:"expected"` // by matter: the whole copy, as the changes from version 0
}

// Step is one change to the copy. Exactly one field is set.
type Step struct {
	Page  *chat.Changes `json:"page,omitempty"`
	Epoch string        `json:"epoch,omitempty"` // the portal was restored: pull everything again
	Gone  string        `json:"gone,omitempty"`  // the matter can no longer be seen
}

// Play applies a vector's steps to a new replica in dir and returns the copy.
func Play(ctx context.Context, dir string, v Vector) (map[string]chat.Changes, error) {
	caller := map[string]chat.User{"user": {ID: "maya", Name: "Maya Hart"}, "participant": {ID: "ana", Name: "Ana Okafor"}}[v.Role]
	r, err := replica.Open(ctx, dir, caller, time.Now)
	if err != nil {
		return nil, err
	}
	for i, step := range v.Steps {
		switch {
		case step.Page != nil:
			err = r.Apply(ctx, *step.Page)
		case step.Epoch != "":
			err = r.StartOver(ctx, step.Epoch)
		default:
			err = r.Forget(ctx, step.Gone)
		}
		if err != nil {
			r.Close()
			return nil, fmt.Errorf("step %d: %w", i, err)
		}
	}
	if err := r.Close(); err != nil {
		return nil, err
	}
	return Dump(ctx, dir)
}
