// Package portalapi is the contract between the portal and anyone who talks to it: the bodies, the
// operations, the errors, and the Go client.
//
// Each operation is declared once, as an Op that names its method and path and carries the types of what
// goes in and what comes out (operations.go). The portal serves an Op through huma, which makes the
// OpenAPI document from it; the client calls the same Op (client.go). So the two cannot part.
//
// Users of the firm and participants use the same operations and see different things: package chat says
// which.
package portalapi

import (
	"errors"
	"net/http"

	"matterline/app/chat"
)

// Problem is how a failure travels: problem+json (RFC 9457) with chat's code.
type Problem struct {
	Title  string    `json:"title" example:"Not Found"`
	Status int       `json:"status" example:"404"`
	Detail string    `json:"detail" doc:"a sentence for a person"`
	Code   chat.Code `json:"code" doc:"stable, for programs" example:"not_found"`
	Field  string    `json:"field,omitempty" doc:"what was at fault, if one thing was" example:"text"`
}

// statuses is the one table from code to HTTP status.
var statuses = map[chat.Code]int{
	chat.TextRequired:  http.StatusUnprocessableEntity,
	chat.TextTooLong:   http.StatusUnprocessableEntity,
	chat.TextInvalid:   http.StatusUnprocessableEntity,
	chat.Malformed:     http.StatusBadRequest,
	chat.NotFound:      http.StatusNotFound,
	chat.SignedOut:     http.StatusUnauthorized,
	chat.WrongPassword: http.StatusForbidden,
	chat.LinkExpired:   http.StatusForbidden,
	chat.NotAllowed:    http.StatusForbidden,
	chat.Required:      http.StatusUnprocessableEntity,
	chat.TooLong:       http.StatusUnprocessableEntity,
	chat.WeakPassword:  http.StatusUnprocessableEntity,
	chat.IDTaken:       http.StatusConflict,
	chat.Taken:         http.StatusConflict,
	chat.MatterClosed:  http.StatusConflict,
	chat.Removed:       http.StatusConflict,
	chat.Superseded:    http.StatusConflict,
	chat.HasMatters:    http.StatusConflict,
	chat.LastAdmin:     http.StatusConflict,
	chat.TooLarge:      http.StatusRequestEntityTooLarge,
	chat.TooMany:       http.StatusTooManyRequests,
}

// AsProblem is how err travels. An error without a code is ours to read in the log, not the caller's.
func AsProblem(err error) *Problem {
	var e *chat.Error
	if !errors.As(err, &e) {
		e = chat.Errorf(chat.Internal, "", "Something went wrong at the portal. Please try again in a moment.")
	}
	status, ok := statuses[e.Code]
	if !ok {
		status = http.StatusInternalServerError
	}
	return &Problem{Title: http.StatusText(status), Status: status, Detail: e.Message, Code: e.Code, Field: e.Field}
}

// AsError is the error that travelled.
func (p *Problem) AsError() *chat.Error {
	return &chat.Error{Code: p.Code, Message: p.Detail, Field: p.Field}
}

func (p *Problem) Error() string             { return p.Detail }
func (p *Problem) GetStatus() int            { return p.Status }
func (p *Problem) ContentType(string) string { return "application/problem+json" }
