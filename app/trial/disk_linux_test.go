package trial

import (
	"syscall"
	"testing"
)

// smallDisk mounts a new disk in memory, where that is allowed.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("trial", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("can't mount a disk: %v", err)
	}
	t.Cleanup(func() { check(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

func readOnly(t *testing.T, dir string, yes bool) {
	t.Helper()
	flags := uintptr(syscall.MS_REMOUNT)
	if yes {
		flags |= syscall.MS_RDONLY
	}
	check(t, syscall.Mount("trial", dir, "tmpfs", flags, ""))
}
