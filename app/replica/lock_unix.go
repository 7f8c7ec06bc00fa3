//go:build !windows

package replica

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// patience is how long a lock is waited for: a program that is being started by the one that held it lets go of
// what it has inherited a moment later.
const patience = time.Second

// lock takes a file that one program holds at a time. It returns locked.
func lock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	take := func() error { return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
	err = take()
	for until := time.Now().Add(patience); errors.Is(err, syscall.EWOULDBLOCK) && time.Now().Before(until); err = take() {
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errLocked
		}
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return file, nil
}
