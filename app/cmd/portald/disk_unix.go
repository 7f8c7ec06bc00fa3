//go:build linux || darwin

package main

import "syscall"

// freeDisk returns how many bytes a portal may still write to the disk of a folder.
func freeDisk(folder string) (uint64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(folder, &disk); err != nil {
		return 0, err
	}
	return disk.Bavail * uint64(disk.Bsize), nil
}
