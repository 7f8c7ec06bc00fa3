package computer

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A write that fails leaves the old file, and nothing beside it.
func TestWriteFileCompletelyOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file.pdf")
	check(t, os.WriteFile(path, []byte("old"), 0o600))
	full := errors.New("disk full")
	err := WriteFile(path, func(w io.Writer) error {
		_, err := w.Write([]byte("half"))
		return errors.Join(err, full)
	})
	if !errors.Is(err, full) {
		t.Error(err)
	}
	left, err := os.ReadDir(dir)
	check(t, err)
	if text, err := os.ReadFile(path); len(left) != 1 || string(text) != "old" || err != nil {
		t.Errorf("%v, %q, %v", left, text, err)
	}
	check(t, WriteFile(path, func(w io.Writer) error { _, err := w.Write([]byte("new")); return err }))
	if text, err := os.ReadFile(path); string(text) != "new" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

// What a killed program was writing is removed. What this one is writing stays, and so does everything else.
func TestRemoveParts(t *testing.T) {
	dir := t.TempDir()
	check(t, RemoveParts(filepath.Join(dir, "missing")))
	for _, name := range []string{".matterline-1-22", ".matterline-33", ownParts + "44", "accounts.json", "matterline-55"} {
		check(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	check(t, os.Mkdir(filepath.Join(dir, ".matterline-66"), 0o700))
	check(t, RemoveParts(dir))
	left, err := os.ReadDir(dir)
	check(t, err)
	var names []string
	for _, file := range left {
		names = append(names, file.Name())
	}
	if want := []string{".matterline-66", ownParts + "44", "accounts.json", "matterline-55"}; !slices.Equal(names, slices.Sorted(slices.Values(want))) {
		t.Fatal(names)
	}
}
