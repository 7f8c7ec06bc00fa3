package computer

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/zalando/go-keyring"
)

func newErasures(t *testing.T) *Erasures {
	keyring.MockInitWithError(errors.New("no keyring here")) // so tokens are kept in files
	return NewErasures(filepath.Join(t.TempDir(), "data"), slog.New(slog.DiscardHandler))
}

func erasure(n int) Erasure {
	return Erasure{Key: fmt.Sprintf("%016x", n), Portal: "https://portal.example", Why: "Your access was ended by the firm.", Messages: n}
}

// An erasure is kept with its token until it is reported. Then nothing is left.
func TestErasures(t *testing.T) {
	e := newErasures(t)
	x, err := e.Begin(erasure(1), "token")
	check(t, err)
	if all, err := e.List(); err != nil || len(all) != 1 || all[0] != x || all[0].Deleted {
		t.Fatal(all, err)
	}
	check(t, e.SetDeleted(x))
	if all, err := e.List(); err != nil || len(all) != 1 || !all[0].Deleted {
		t.Fatal(all, err)
	}
	if token, err := e.Token(x); token != "token" || err != nil {
		t.Fatal(token, err)
	}
	check(t, e.Remove(x))
	check(t, e.Remove(x))
	if left, err := os.ReadDir(filepath.Dir(e.path)); len(left) != 0 || err != nil {
		t.Fatal(left, err)
	}
}

// Reports that can't be made don't pile up. A copy that isn't deleted yet is never forgotten.
func TestErasuresAreBounded(t *testing.T) {
	e := newErasures(t)
	first, err := e.Begin(erasure(0), "never deleted")
	check(t, err)
	for n := 1; n < 2*maxErasures; n++ {
		x, err := e.Begin(erasure(n), fmt.Sprint("token ", n))
		check(t, err)
		check(t, e.SetDeleted(x))
	}
	all, err := e.List()
	check(t, err)
	if len(all) != maxErasures || all[0] != first || all[len(all)-1].Messages != 2*maxErasures-1 {
		t.Errorf("%d erasures: %+v", len(all), all)
	}
	if files, err := filepath.Glob(filepath.Join(filepath.Dir(e.path), "*.token")); len(files) != maxErasures || err != nil {
		t.Error(files, err)
	}
}

// A list that can't be read, or that names a folder that is no account's, deletes nothing.
func TestBrokenErasures(t *testing.T) {
	for _, text := range []string{`{`, `[{"key":""}]`, `[{"key":"../../home"}]`, `[{"key":"."}]`, `[{"key":"0123456789abcdef/.."}]`} {
		e := newErasures(t)
		check(t, writeText(e.path, []byte(text)))
		if all, err := e.List(); len(all) != 0 || err != nil {
			t.Errorf("%s: %+v, %v", text, all, err)
		}
		x, err := e.Begin(erasure(1), "token")
		check(t, err)
		if all, err := e.List(); len(all) != 1 || all[0] != x || err != nil {
			t.Errorf("%s: %+v, %v", text, all, err)
		}
	}
}

// Erasing an account leaves the others, and the secret of the computer while another account of the portal needs it.
func TestEraseAccount(t *testing.T) {
	a := newAccounts(t)
	maya, tom := account("maya"), account("tom")
	for _, acc := range []Account{maya, tom} {
		check(t, a.SetToken(acc, "token"))
		check(t, a.Remember(acc))
	}
	check(t, a.SetDeviceSecret(maya.Portal, "secret"))
	check(t, a.Erase(Erasure{Key: maya.Key(), Portal: maya.Portal}))
	if _, err := a.Token(maya); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if list, err := a.List(); len(list) != 1 || list[0] != tom || err != nil {
		t.Error(list, err)
	}
	if a.DeviceSecret(maya.Portal) != "secret" {
		t.Error("Tom's secret is gone")
	}
	for range 2 {
		check(t, a.Erase(Erasure{Key: tom.Key(), Portal: tom.Portal}))
	}
	if left, err := os.ReadDir(filepath.Dir(a.path)); len(left) != 0 || err != nil {
		t.Error(left, err)
	}
}

// A folder is removed with whatever is in it. One that isn't there is removed already.
func TestRemoveFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "copy")
	for _, name := range []string{"own.db", "own.db-wal", "own.db-journal", "copy.db.damaged-2026/left", "anything else"} {
		check(t, writeText(filepath.Join(dir, name), []byte("privileged")))
	}
	removed := 0
	for range 2 {
		check(t, RemoveFolder(dir, func() { removed++ }))
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) || removed != 5 {
		t.Error(err, removed)
	}
}

// A program that still has a file of the copy open can't read it any more. What a link leads to stays.
func TestRemovedFilesAreEmpty(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "copy")
	other := filepath.Join(t.TempDir(), "other")
	for _, path := range []string{filepath.Join(dir, "copy.db"), filepath.Join(dir, "copy.db-wal"), other} {
		check(t, writeText(path, []byte("privileged")))
	}
	check(t, os.Symlink(other, filepath.Join(dir, "link")))
	for _, name := range []string{"copy.db", "copy.db-wal"} {
		open, err := os.Open(filepath.Join(dir, name))
		check(t, err)
		defer func() {
			if text, err := io.ReadAll(open); len(text) != 0 || err != nil {
				t.Errorf("%s has %q, %v", name, text, err)
			}
			open.Close()
		}()
	}
	check(t, RemoveFolder(dir, func() {}))
	if text, err := os.ReadFile(other); string(text) != "privileged" {
		t.Errorf("%q, %v", text, err)
	}
}
