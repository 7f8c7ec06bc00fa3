package main

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestNotReadyOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("portal", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("can't mount a disk: %v", err)
	}
	t.Cleanup(func() { check(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	database := filepath.Join(dir, "portal.db")
	initialize(t, database)
	n := startNode(t, database)
	awaitReady(t, n, 200, "ready")
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 8<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filling the disk: %v", err)
	}
	awaitReady(t, n, 503, "the disk of the database is full")
	check(t, os.Remove(filler))
	awaitReady(t, n, 200, "ready")
}
