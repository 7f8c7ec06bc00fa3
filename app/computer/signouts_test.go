package computer

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/zalando/go-keyring"
)

func newSignOuts(t *testing.T) *SignOuts {
	keyring.MockInitWithError(errors.New("no keyring here")) // so tokens are kept in files
	return NewSignOuts(filepath.Join(t.TempDir(), "data"), slog.New(slog.DiscardHandler))
}

func TestSignOuts(t *testing.T) {
	s := newSignOuts(t)
	check(t, s.Add("https://one.example", "first"))
	check(t, s.Add("https://two.example", "second"))
	check(t, s.Add("https://one.example", "first")) // once only
	all, err := s.List()
	check(t, err)
	if len(all) != 2 || all[0].Portal != "https://two.example" {
		t.Fatalf("%+v", all)
	}
	if token, err := s.Token(all[1]); token != "first" || err != nil {
		t.Fatal(token, err)
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(s.path), "*"))
	check(t, err)
	for _, path := range files {
		if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Error(path, info.Mode(), err)
		}
	}
	for _, o := range all {
		check(t, s.Remove(o))
	}
	if left, err := os.ReadDir(filepath.Dir(s.path)); len(left) != 0 || err != nil {
		t.Fatal(left, err)
	}
}

func TestOldestSignOutIsGivenUp(t *testing.T) {
	s := newSignOuts(t)
	for i := range maxSignOuts + 1 {
		check(t, s.Add("https://portal.example", fmt.Sprint("token ", i)))
	}
	all, err := s.List()
	check(t, err)
	token, err := s.Token(all[0])
	check(t, err)
	files, err := os.ReadDir(filepath.Dir(s.path))
	check(t, err)
	if len(all) != maxSignOuts || token != "token 1" || len(files) != maxSignOuts+1 {
		t.Fatal(len(all), token, len(files))
	}
}

func TestBrokenListOfSignOuts(t *testing.T) {
	s := newSignOuts(t)
	check(t, s.Add("https://portal.example", "lost"))
	check(t, os.WriteFile(s.path, []byte("{"), 0o600))
	if all, err := s.List(); len(all) != 0 || err != nil {
		t.Fatal(all, err)
	}
	check(t, s.Add("https://portal.example", "token"))
	if all, err := s.List(); len(all) != 1 || err != nil {
		t.Fatal(all, err)
	}
}
