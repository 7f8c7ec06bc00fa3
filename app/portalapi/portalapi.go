// Package portalapi is the contract between the portal and its clients: the operations, their bodies and errors, and
// the Go client.
//
// Each operation is declared once, as an Op with its method, path, input type and output type. The portal serves the
// Op with huma, which also generates the OpenAPI document. The client calls the same Op, so the two can't differ.
//
// Users and participants call the same operations and see different data. Package chat holds the rules.
package portalapi

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"matterline/app/chat"
)

const problemJSON = "application/problem+json"

// Problem is an error as sent over HTTP: problem+json (RFC 9457) with a code of package chat.
type Problem struct {
	Title  string    `json:"title" example:"Not Found"`
	Status int       `json:"status" example:"404"`
	Detail string    `json:"detail" doc:"a sentence for a person"`
	Code   chat.Code `json:"code" doc:"stable, for programs" example:"not_found"`
	Field  string    `json:"field,omitempty" doc:"the field at fault, if it is a single one" example:"text"`
	// RetryAfter is also in the answer's header of that name. A result in a list has no header of its own.
	RetryAfter int `json:"retry_after,omitempty" doc:"with too_many and busy: how many seconds to wait before trying again" example:"5"`
	// Erase names the token, so that a device never takes in an answer that was meant for another.
	Erase string `json:"erase,omitempty" doc:"with signed_out: the device must delete its copy, and then report it. This is the SHA-256 of the token that the answer is about, in hexadecimal"`
	// Lock names it, too.
	Lock string `json:"lock,omitempty" doc:"with signed_out: the device must not show its copy until its user has signed in again. This is the SHA-256 of the token, as in erase"`
}

// statuses maps the codes that a portal sends to HTTP statuses.
var statuses = map[chat.Code]int{
	chat.TextRequired:  http.StatusUnprocessableEntity,
	chat.TextTooLong:   http.StatusUnprocessableEntity,
	chat.TextInvalid:   http.StatusUnprocessableEntity,
	chat.Malformed:     http.StatusBadRequest,
	chat.NotFound:      http.StatusNotFound,
	chat.NoOperation:   http.StatusNotFound,
	chat.SignedOut:     http.StatusUnauthorized,
	chat.WrongPassword: http.StatusForbidden,
	chat.CodeRequired:  http.StatusForbidden,
	chat.WrongCode:     http.StatusForbidden,
	chat.ConfirmFirst:  http.StatusForbidden,
	chat.WrongPasskey:  http.StatusForbidden,
	chat.SetUpFirst:    http.StatusForbidden,
	chat.LinkExpired:   http.StatusForbidden,
	chat.WrongPIN:      http.StatusForbidden,
	chat.NotAllowed:    http.StatusForbidden,
	chat.Required:      http.StatusUnprocessableEntity,
	chat.TooLong:       http.StatusUnprocessableEntity,
	chat.WeakPassword:  http.StatusUnprocessableEntity,
	chat.IDTaken:       http.StatusConflict,
	chat.Taken:         http.StatusConflict,
	chat.MatterClosed:  http.StatusConflict,
	chat.Removed:       http.StatusConflict,
	chat.Superseded:    http.StatusConflict,
	chat.OtherHistory:  http.StatusConflict,
	chat.HasMatters:    http.StatusConflict,
	chat.LastAdmin:     http.StatusConflict,
	chat.TooLarge:      http.StatusRequestEntityTooLarge,
	chat.Busy:          http.StatusServiceUnavailable,
	chat.TooMany:       http.StatusTooManyRequests,
	chat.Slow:          http.StatusRequestTimeout,
	chat.Internal:      http.StatusInternalServerError,
}

// AsProblem converts an error to send it. It hides the text of an error without a code, which belongs in the log.
func AsProblem(err error) *Problem {
	e, ok := errors.AsType[*chat.Error](err)
	if !ok {
		e = chat.Errorf(chat.Internal, "", "Something went wrong at the portal. Try again in a moment.")
	}
	status, known := statuses[e.Code]
	if !known {
		status = http.StatusInternalServerError
	}
	seconds := int((e.RetryAfter + time.Second - 1) / time.Second)
	return &Problem{Title: http.StatusText(status), Status: status, Detail: e.Message, Code: e.Code, Field: e.Field, RetryAfter: seconds, Erase: e.Erase, Lock: e.Lock}
}

// AsError converts a received problem back to an error.
func (p *Problem) AsError() *chat.Error {
	return &chat.Error{Code: p.Code, Message: p.Detail, Field: p.Field, RetryAfter: time.Duration(p.RetryAfter) * time.Second, Erase: p.Erase, Lock: p.Lock}
}

func (p *Problem) Error() string             { return p.Detail }
func (p *Problem) GetStatus() int            { return p.Status }
func (p *Problem) ContentType(string) string { return problemJSON }

// GetHeaders returns the headers that huma sends with a problem.
func (p *Problem) GetHeaders() http.Header {
	header := http.Header{}
	if p.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	return header
}
