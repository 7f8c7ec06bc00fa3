package replica_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/replica"
	"matterline/app/replica/replicatest"
)

// vector is what one caller received from the portal, and the copy that this must result in. TestSyncVectors
// writes the files.
type vector struct {
	Role     string                  `json:"role"` // user (Maya) or participant (Ana)
	Steps    []vectorStep            `json:"steps"`
	Expected map[string]chat.Changes `json:"expected"` // by matter: the whole copy, as the changes from version 0
}

// vectorStep is one change to the copy, or heads to compare it with.
type vectorStep struct {
	Page  *chat.Changes `json:"page,omitempty"`
	Heads []chat.Head   `json:"heads,omitempty"`
	Epoch string        `json:"epoch,omitempty"` // the portal was restored: pull everything again
	Gone  string        `json:"gone,omitempty"`  // the matter can no longer be seen
	// Refused is the code with which a page or the heads are refused.
	Refused chat.Code `json:"refused,omitempty"`
}

// playVector applies a vector's steps to a new replica in dir and returns the copy.
func playVector(ctx context.Context, dir string, v vector) (map[string]chat.Changes, error) {
	caller := map[string]chat.User{"user": {ID: "maya", Name: "Maya Hart"}, "participant": {ID: "ana", Name: "Ana Okafor"}}[v.Role]
	r, err := replica.Open(ctx, dir, caller, time.Now)
	if err != nil {
		return nil, err
	}
	for i, step := range v.Steps {
		switch {
		case step.Page != nil:
			err = r.Apply(ctx, *step.Page)
		case step.Heads != nil:
			err = compare(ctx, r, step.Heads)
		case step.Epoch != "":
			err = r.StartOver(ctx, step.Epoch)
		default:
			err = r.Forget(ctx, step.Gone)
		}
		if step.Refused != "" && chat.CodeOf(err) == step.Refused {
			continue
		}
		if err != nil || step.Refused != "" {
			r.Close()
			return nil, fmt.Errorf("step %d, refused %q: %w", i, step.Refused, err)
		}
	}
	if err := r.Close(); err != nil {
		return nil, err
	}
	return replicatest.Dump(ctx, dir)
}

// compare compares the copy with heads, like the syncer.
func compare(ctx context.Context, r *replica.Replica, heads []chat.Head) error {
	_, known, err := r.Known(ctx)
	for _, head := range heads {
		if err == nil && !known[head.Matter].LeadsTo(head) {
			return chat.Errorf(chat.OtherHistory, "", "%s is another one", head.Matter)
		}
	}
	return err
}

// The client pages' tests run the same vectors.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/vectors/*.json")
	check(t, err)
	if len(files) == 0 {
		t.Fatal("no vectors")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			check(t, err)
			var v vector
			check(t, json.Unmarshal(text, &v))
			got, err := playVector(t.Context(), filepath.Join(t.TempDir(), "copy"), v)
			check(t, err)
			if asJSON(t, got) != asJSON(t, v.Expected) {
				t.Errorf("got %s, want %s", asJSON(t, got), asJSON(t, v.Expected))
			}
		})
	}
}

// asJSON returns a value as JSON, where empty and missing lists are the same.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	check(t, err)
	return string(text)
}
