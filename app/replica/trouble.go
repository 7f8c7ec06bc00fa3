package replica

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"matterline/app/chat"
	"matterline/app/sqldb/sqlite"
)

var (
	errDamaged    = chat.Errorf(chat.Damaged, "", "The copy on this computer is damaged. Matterline sets it aside and fetches it again; what waits to be sent is kept.")
	errDiskFull   = chat.Errorf(chat.DiskFull, "", "This computer's disk is full, so nothing more can be kept. Please free some space and try again.")
	errDiskFailed = chat.Errorf(chat.DiskFailed, "", "This computer's disk does not let Matterline read or write its files. Please check that the disk is in order and not write-protected.")
	errLocked     = chat.Errorf(chat.Locked, "", "Another program has Matterline's files open. Please close it and try again.")
)

// trouble is err as a person can be told it, if the disk or the files are at fault. A copy that is found to be
// damaged is set aside the next time it is opened.
func (r *Replica) trouble(err error) error {
	var told *chat.Error
	if err == nil || errors.As(err, &told) {
		return err
	}
	var of *fs.PathError
	switch sqlite.FaultOf(err) {
	case sqlite.Damaged:
		_ = os.WriteFile(filepath.Join(r.dir, damagedMark), nil, 0o600) // without it the damage is met again
		return &troubled{errDamaged, err}
	case sqlite.DiskFull:
		return &troubled{errDiskFull, err}
	case sqlite.AccessDenied:
		return &troubled{errDiskFailed, err}
	case sqlite.Locked:
		return &troubled{errLocked, err}
	}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return &troubled{errDiskFull, err}
	case errors.As(err, &of):
		return &troubled{errDiskFailed, err}
	}
	return err
}

// troubled is what a person is told, and for the log what was behind it.
type troubled struct {
	told   *chat.Error
	behind error
}

func (t *troubled) Error() string   { return t.told.Message }
func (t *troubled) Unwrap() []error { return []error{t.told, t.behind} }
