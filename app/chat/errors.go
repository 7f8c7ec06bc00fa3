package chat

import (
	"errors"
	"fmt"
)

// Code names a kind of failure for programs. Codes are stable; sentences may change.
type Code string

const (
	TextRequired  Code = "text_required"
	TextTooLong   Code = "text_too_long"
	TextInvalid   Code = "text_invalid"
	Malformed     Code = "malformed"      // the request is not what the contract says
	NotFound      Code = "not_found"      // does not exist, or may not be seen
	SignedOut     Code = "signed_out"     // no session, or one that has ended
	WrongPassword Code = "wrong_password" // or no such account: nobody is told which
	LinkExpired   Code = "link_expired"   // or a link that never was
	IDTaken       Code = "id_taken"       // the same id was used for other content
	Required      Code = "required"       // a field that must be filled in is empty
	TooLong       Code = "too_long"       // a field other than a message's text
	Taken         Code = "taken"          // somebody or something else has this e-mail or reference
	WeakPassword  Code = "weak_password"  // too short
	MatterClosed  Code = "matter_closed"  // nothing is written in a closed matter
	Removed       Code = "removed"        // the participant's access has ended
	Superseded    Code = "superseded"     // somebody else set the status meanwhile
	HasMatters    Code = "has_matters"    // the user's matters must be handed on first
	LastAdmin     Code = "last_admin"     // the firm would have no admin left
	TooLarge      Code = "too_large"      // the request's body
	TooMany       Code = "too_many"       // of whatever was asked for, too often
	NotAllowed    Code = "not_allowed"    // for an admin to do, or asked by a page of another site
	Unreachable   Code = "unreachable"    // the portal does not answer
	Damaged       Code = "damaged"        // the copy on this computer cannot be read
	DiskFull      Code = "disk_full"      // nothing more can be written on this computer
	DiskFailed    Code = "disk_failed"    // this computer's disk does not let us read or write
	Locked        Code = "locked"         // another program has the copy open
	Internal      Code = "internal"       // our fault
)

// Error is a failure that a person can be told: a code for programs, a sentence for people and, where
// one field of what was asked is at fault, its name.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Field   string `json:"field"`
}

func (e *Error) Error() string { return e.Message }

// Errorf makes an Error.
func Errorf(code Code, field, format string, args ...any) *Error {
	return &Error{Code: code, Field: field, Message: fmt.Sprintf(format, args...)}
}

// CodeOf is the code that err carries, or Internal.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// ErrNotFound answers for what does not exist and for what may not be seen: nobody can tell which.
var ErrNotFound = Errorf(NotFound, "", "There is nothing here by that name, or it is not yours to see.")

// ErrSignedOut answers a caller without a session.
var ErrSignedOut = Errorf(SignedOut, "", "You are signed out. Please sign in again.")
