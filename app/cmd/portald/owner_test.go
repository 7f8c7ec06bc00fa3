//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Root may run init and restore for a portal that runs as another user. The portal can open the database.
func TestRootsDatabaseBelongsToThePortalsUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	const user = 12345
	binary := builtPortald(t)
	folder := t.TempDir()
	if err := os.Chown(folder, user, user); err != nil {
		t.Fatal(err)
	}
	database, backup := filepath.Join(folder, "portal.db"), filepath.Join(folder, "copy.db")
	check := func(when string) {
		t.Helper()
		info, err := os.Stat(database)
		if err != nil {
			t.Fatal(err)
		}
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != user || owner.Gid != user {
			t.Errorf("%s: the database belongs to %d:%d, want %d:%d", when, owner.Uid, owner.Gid, user, user)
		}
	}
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(binary, append(args, "--database", database)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
	}
	run("init", "--firm", "Firm", "--name", "Lee", "--email", "lee@firm.example")
	check("init")
	run("backup", backup)
	run("restore", backup, "--replace")
	check("restore")
	if err := os.Remove(database); err != nil {
		t.Fatal(err)
	}
	run("restore", backup)
	check("restore without an old database")
}
