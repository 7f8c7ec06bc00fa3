package replica

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"matterline/app/chat"
	"matterline/app/sqldb/sqlite"
)

var (
	errDamaged    = chat.Errorf(chat.Damaged, "", "Matterline's data on this computer is damaged. It will be downloaded again, and your unsent messages are kept.")
	errDiskFull   = chat.Errorf(chat.DiskFull, "", "This computer's disk is full. Free up some space, then try again.")
	errDiskFailed = chat.Errorf(chat.DiskFailed, "", "Matterline can't read or write its files. Check that the disk works and isn't write-protected, then try again.")
	errLocked     = chat.Errorf(chat.Locked, "", "Another program has Matterline's files open. Close it, then try again.")
)

// explain replaces an error of the disk or the files by one for people. It marks a damaged copy, so that Open repairs
// it.
func (r *Replica) explain(err error) error {
	if _, explained := errors.AsType[*chat.Error](err); explained || err == nil {
		return err
	}
	var pathError *fs.PathError
	fault := sqlite.FaultOf(err)
	switch {
	case fault == sqlite.Damaged:
		_ = os.WriteFile(r.path(damagedMark), nil, 0o600) // if this fails, the next error writes it
		return &diskError{errDamaged, err}
	case fault == sqlite.DiskFull, errors.Is(err, syscall.ENOSPC):
		return &diskError{errDiskFull, err}
	case fault == sqlite.AccessDenied, fault == sqlite.NoFault && errors.As(err, &pathError):
		return &diskError{errDiskFailed, err}
	case fault == sqlite.Locked:
		return &diskError{errLocked, err}
	}
	return err
}

// diskError is an error for people, and its cause for the log.
type diskError struct {
	shown *chat.Error
	cause error
}

func (e *diskError) Error() string   { return e.shown.Message }
func (e *diskError) Unwrap() []error { return []error{e.shown, e.cause} }
