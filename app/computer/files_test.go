package computer

import (
	"errors"
	"io"
	"os"
	"path/filepath"
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
