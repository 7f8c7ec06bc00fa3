//go:build linux || darwin

package main

import (
	"os"
	"syscall"
)

// giveOwner gives a file that root made the owner of another path, so that the portal's own user can open it.
func giveOwner(file, from string) error {
	info, err := os.Stat(from)
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t)
	return os.Lchown(file, int(owner.Uid), int(owner.Gid))
}
