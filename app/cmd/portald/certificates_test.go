package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A key that can't be read or is incomplete is tried again, even if neither its time nor its size changes afterwards,
// as when its permissions are corrected.
func TestBrokenKeyIsTriedAgain(t *testing.T) {
	dir := t.TempDir()
	check(t, makeCertificate(dir, "old.example"))
	var text bytes.Buffer
	f := &certificateFiles{certificate: filepath.Join(dir, "certificate.pem"), key: filepath.Join(dir, "key.pem"), log: slog.New(slog.NewTextHandler(&text, nil))}
	check(t, f.read())
	name := func() string {
		certificate, err := f.get(nil)
		check(t, err)
		return certificate.Leaf.DNSNames[0]
	}
	check(t, makeCertificate(dir, "new.example"))
	whole, err := os.ReadFile(f.key)
	check(t, err)
	info, err := os.Stat(f.key)
	check(t, err)
	for _, broken := range [][]byte{bytes.Repeat([]byte("x"), len(whole)), append(bytes.Clone(whole[:100]), make([]byte, len(whole)-100)...)} {
		check(t, os.WriteFile(f.key, broken, 0o600))
		check(t, os.Chtimes(f.key, info.ModTime(), info.ModTime()))
		if got := name(); got != "old.example" {
			t.Errorf("a broken key replaced the certificate by %s", got)
		}
	}
	_ = name()
	if n := strings.Count(text.String(), "level=ERROR"); n != 1 {
		t.Errorf("%d errors in the log, want one for each different one:\n%s", n, text.String())
	}
	check(t, os.WriteFile(f.key, whole, 0o600))
	check(t, os.Chtimes(f.key, info.ModTime(), info.ModTime()))
	if got := name(); got != "new.example" {
		t.Errorf("the certificate is still that of %s", got)
	}
	check(t, os.Remove(f.key))
	if got := name(); got != "new.example" {
		t.Errorf("a missing key replaced the certificate by %s", got)
	}
}
