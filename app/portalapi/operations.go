package portalapi

import (
	"net/http"

	"matterline/app/chat"
)

// Prefix is where the contract stands on a portal.
const Prefix = "/api/v1"

// SessionCookie holds a browser's token.
const SessionCookie = "matterline_session"

// Op declares an operation that takes an I and returns an O, in the struct tags that huma reads: path,
// query and header for parameters, Body for the body.
type Op[I, O any] struct {
	ID, Method, Path string
	Summary          string
	// Errors are the codes it returns besides malformed and internal.
	Errors []chat.Code
	// Open operations need no session.
	Open bool
}

// Nothing is an input or an output without anything in it.
type Nothing struct{}

var (
	SignIn = Op[SignInInput, SignInOutput]{
		ID: "sign-in", Method: http.MethodPost, Path: "/sessions", Open: true,
		Summary: "Sign in, with e-mail and password or with a link that the firm has passed on",
		Errors:  []chat.Code{chat.WrongPassword, chat.LinkExpired, chat.TooMany},
	}
	SignOut = Op[Nothing, SignOutOutput]{
		ID: "sign-out", Method: http.MethodDelete, Path: "/sessions/current",
		Summary: "End this session", Errors: []chat.Code{chat.SignedOut},
	}
	Me = Op[Nothing, MeOutput]{
		ID: "me", Method: http.MethodGet, Path: "/me",
		Summary: "Who am I, and whose portal is this", Errors: []chat.Code{chat.SignedOut},
	}
	Matters = Op[MattersInput, MattersOutput]{
		ID: "matters", Method: http.MethodGet, Path: "/matters",
		Summary: "The heads: the matters that the caller may see, and the version at which each stands",
		Errors:  []chat.Code{chat.SignedOut},
	}
	Changes = Op[ChangesInput, ChangesOutput]{
		ID: "changes", Method: http.MethodGet, Path: "/matters/{matter}/changes",
		Summary: "What changed in a matter since a version, a page at a time",
		Errors:  []chat.Code{chat.SignedOut, chat.NotFound},
	}
	Say = Op[SayInput, SayOutput]{
		ID: "say", Method: http.MethodPost, Path: "/messages",
		Summary: "Send messages. Each has a result of its own; the same id again returns the first result",
		Errors:  []chat.Code{chat.SignedOut},
	}
	MarkRead = Op[ReadsInput, Nothing]{
		ID: "mark-read", Method: http.MethodPut, Path: "/reads",
		Summary: "Move the caller's read marks forward",
		Errors:  []chat.Code{chat.SignedOut, chat.NotFound},
	}
	// Live is served and read by hand (live.go): it streams.
	Live = Op[Nothing, Nothing]{
		ID: "live", Method: http.MethodGet, Path: "/live",
		Summary: "Server-sent events: first the heads, then the changes as they happen",
		Errors:  []chat.Code{chat.SignedOut},
	}
)

type SignInInput struct {
	Body struct {
		Email    string `json:"email,omitempty" maxLength:"254" doc:"with password"`
		Password string `json:"password,omitempty" maxLength:"1000"`
		Link     string `json:"link,omitempty" maxLength:"100" doc:"instead of e-mail and password"`
		Device   string `json:"device,omitempty" maxLength:"100" doc:"how the device is listed"`
		Cookie   bool   `json:"cookie,omitempty" doc:"for browsers: keep the token in an HttpOnly cookie instead of returning it"`
	}
}

type SignInOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      struct {
		Token string `json:"token,omitempty" doc:"to be sent as Authorization: Bearer; empty when it is kept in a cookie"`
		Me    Self   `json:"me"`
	}
}

type SignOutOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

// Self is the caller, as told to themselves.
type Self struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	User    bool   `json:"user" doc:"somebody of the firm"`
	Firm    string `json:"firm" doc:"the firm's name"`
}

type MeOutput struct{ Body Self }

type MattersInput struct {
	IfNoneMatch string `header:"If-None-Match"`
}

type MattersOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   Heads
}

// Heads are the matters a caller may see, and which store they are in.
type Heads struct {
	Epoch   string      `json:"epoch" doc:"changes when the store was restored from a backup"`
	Matters []chat.Head `json:"matters" nullable:"false"`
}

type ChangesInput struct {
	Matter string `path:"matter" maxLength:"64"`
	After  int64  `query:"after" minimum:"0" doc:"the version the caller has"`
	Limit  int    `query:"limit" minimum:"1" maximum:"2000" default:"500" doc:"about how many messages at most"`
}

type ChangesOutput struct{ Body chat.Changes }

type SayInput struct {
	Body struct {
		Messages []Outgoing `json:"messages" minItems:"1" maxItems:"100" nullable:"false"`
	}
}

// Outgoing is a message on its way to the portal. Its rules are the store's to check and not the schema's,
// because one bad message must not hold back the rest.
type Outgoing struct {
	ID          string `json:"id" doc:"UUIDv7, made before the first attempt"`
	Participant string `json:"participant" doc:"the chat"`
	Text        string `json:"text" doc:"at most 10,000 characters"`
	WrittenAt   int64  `json:"written_at"`
	SetStatus   bool   `json:"set_status,omitempty" doc:"make it the current status; for users only"`
}

type SayOutput struct {
	Body struct {
		Results []Result `json:"results" nullable:"false" doc:"one for each message, in order"`
	}
}

// Result is what became of one Outgoing: it was sent, or there is an error.
type Result struct {
	ID      string        `json:"id"`
	Message *chat.Message `json:"message,omitempty"`
	Error   *Problem      `json:"error,omitempty"`
}

type ReadsInput struct {
	Body struct {
		Reads []Mark `json:"reads" minItems:"1" maxItems:"100" nullable:"false"`
	}
}

// Mark says that the caller has read a chat up to a version.
type Mark struct {
	Participant string `json:"participant" maxLength:"64"`
	Upto        int64  `json:"upto" minimum:"0"`
}
