package replica_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"matterline/app/replica/replicatest"
)

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
			var v replicatest.Vector
			check(t, json.Unmarshal(text, &v))
			got, err := replicatest.Play(t.Context(), filepath.Join(t.TempDir(), "copy"), v)
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
