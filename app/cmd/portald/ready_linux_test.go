package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// smallDisk mounts a new disk in memory, where that is allowed.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("portal", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("can't mount a disk: %v", err)
	}
	t.Cleanup(func() { check(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

// fillUp uses all but the last bytes of a disk.
func fillUp(t *testing.T, path string, left uint64) {
	t.Helper()
	free, err := freeDisk(filepath.Dir(path))
	check(t, err)
	if left == 0 {
		free += 1 << 20
	}
	if err := os.WriteFile(path, make([]byte, free-left), 0o600); err != nil && !(left == 0 && errors.Is(err, syscall.ENOSPC)) {
		t.Fatal(err)
	}
}

// On a full disk, the portal isn't ready and messages wait. The same messages are sent once there is space again.
func TestAFullDiskMakesMessagesWait(t *testing.T) {
	dir := smallDisk(t, "64m")
	g := startTargetIn(t, dir)
	n := &node{address: g.address}
	awaitReady(t, n, 200, "ready")
	filler := filepath.Join(dir, "filler")

	fillUp(t, filler, 8<<20)
	awaitReady(t, n, 503, "the disk of the database is almost full: less than 16 MB are free")
	check(t, os.Remove(filler))
	awaitReady(t, n, 200, "ready")

	fillUp(t, filler, 0)
	awaitReady(t, n, 503, "the disk of the database is")
	var waiting string
	var busy portalapi.Problem
	for busy.Code == "" { // until what SQLite keeps ready for its log is used up
		waiting = fmt.Sprintf(`{"messages":[{"id":%q,"participant":%q,"text":%q,"written_at":0}]}`, uuid.NewString(), g.chat, strings.Repeat("long ", 1000))
		if res := g.post(t, waiting); res.StatusCode != 200 {
			if res.StatusCode != 503 || res.Header.Get("Retry-After") != "1" {
				t.Fatalf("%d %v", res.StatusCode, res.Header)
			}
			check(t, json.NewDecoder(res.Body).Decode(&busy))
		}
	}
	if busy.Code != chat.Busy || !strings.HasPrefix(busy.Detail, "The portal can't read or save anything right now.") {
		t.Errorf("%+v", busy)
	}
	if _, err := g.waitFor(regexp.MustCompile(`(disk is full)`)); err != nil {
		t.Errorf("the log doesn't say that the disk is full: %v", err)
	}
	check(t, os.Remove(filler))
	if res := g.post(t, waiting); res.StatusCode != 200 {
		t.Errorf("sending again answers %d", res.StatusCode)
	}
	awaitReady(t, n, 200, "ready")
}

// post sends messages as the user.
func (g *target) post(t *testing.T, messages string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+g.address+portalapi.Prefix+portalapi.SendMessages.Path, strings.NewReader(messages))
	check(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+g.user)
	res, err := http.DefaultClient.Do(req)
	check(t, err)
	t.Cleanup(func() { res.Body.Close() })
	return res
}
