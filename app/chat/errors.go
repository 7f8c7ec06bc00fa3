package chat

import (
	"errors"
	"fmt"
	"time"
)

// Code names a kind of failure for programs. Codes are stable, but the sentences for people may change.
type Code string

const (
	TextRequired  Code = "text_required"
	TextTooLong   Code = "text_too_long"
	TextInvalid   Code = "text_invalid"
	Malformed     Code = "malformed"      // the request breaks the contract
	NotFound      Code = "not_found"      // doesn't exist, or the caller may not see it
	SignedOut     Code = "signed_out"     // there is no session, or it has ended
	WrongPassword Code = "wrong_password" // or the account doesn't exist
	CodeRequired  Code = "code_required"  // the password is right; the sign-in also needs a code
	WrongCode     Code = "wrong_code"     // of two-step verification
	ConfirmFirst  Code = "confirm_first"  // the caller has to show again who they are
	WrongPasskey  Code = "wrong_passkey"  // it is unknown here, or its answer is wrong, late or used
	SetUpFirst    Code = "set_up_first"   // the firm requires two-step verification, which the user has to set up
	LinkExpired   Code = "link_expired"   // or the link never existed
	WrongPIN      Code = "wrong_pin"      // of an invitation
	IDTaken       Code = "id_taken"       // the id belongs to something else
	Required      Code = "required"       // a required field is empty
	TooLong       Code = "too_long"       // a field other than a message's text
	Taken         Code = "taken"          // the email or reference is in use
	WeakPassword  Code = "weak_password"  // the password is too short, easy to guess, or the old one
	MatterClosed  Code = "matter_closed"  // a closed matter takes no messages
	Removed       Code = "removed"        // the participant's access has ended
	Superseded    Code = "superseded"     // someone else changed the status first
	OtherHistory  Code = "other_history"  // the portal was put back to an earlier state
	HasMatters    Code = "has_matters"    // the user's matters must be reassigned first
	LastAdmin     Code = "last_admin"     // the firm would have no admin left
	TooLarge      Code = "too_large"      // the request's body is too large
	TooMany       Code = "too_many"       // too many requests, or too many of something
	Busy          Code = "busy"           // the portal has too much to do; the same request works soon
	NotAllowed    Code = "not_allowed"    // the caller may not do this, signs in with the wrong program, or another website sent the request
	NoOperation   Code = "no_operation"   // the portal has no such operation
	Slow          Code = "slow"           // the request arrived too slowly
	Unreachable   Code = "unreachable"    // the portal can't be reached
	Damaged       Code = "damaged"        // the replica can't be read
	DiskFull      Code = "disk_full"      // this computer's disk is full
	DiskFailed    Code = "disk_failed"    // this computer's disk can't be read or written
	Locked        Code = "locked"         // another program has the replica open
	CopyLocked    Code = "copy_locked"    // the replica hasn't reached the portal for too long
	Internal      Code = "internal"       // a fault of ours
)

// Error is a failure to show to people. It has a code for programs, a sentence for people and, if a single field of the
// request is at fault, the field's name.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Field   string `json:"field"`
	// RetryAfter is how long to wait before the same request may work. It comes with too_many and busy.
	RetryAfter time.Duration `json:"-"`
	// Erase is the SHA-256, in hexadecimal, of the token whose device must delete its copy. It comes with signed_out.
	Erase string `json:"-"`
	// Lock is the same of the token whose device must not show its copy until the user has signed in again.
	Lock string `json:"-"`
}

func (e *Error) Error() string { return e.Message }

// Errorf makes an Error.
func Errorf(code Code, field, format string, args ...any) *Error {
	return &Error{Code: code, Field: field, Message: fmt.Sprintf(format, args...)}
}

// After returns a copy of e with a time to wait.
func (e *Error) After(wait time.Duration) *Error {
	waiting := *e
	waiting.RetryAfter = wait
	return &waiting
}

// CodeOf returns the code of an error, or Internal if it has none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// ErrNotFound means that something doesn't exist or that the caller may not see it. They can't tell which.
var ErrNotFound = Errorf(NotFound, "", "This doesn't exist, or you don't have access to it.")

// ErrSignedOut means that the caller has no session.
var ErrSignedOut = Errorf(SignedOut, "", "You're signed out. Sign in again.")
