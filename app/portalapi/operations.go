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
	// Errors are the codes it returns besides malformed, internal and, where it is not open, signed_out.
	Errors []chat.Code
	// Open operations need no session.
	Open bool
}

// Nothing is an input or an output without anything in it.
type Nothing struct{}

// The operations that users and participants share.
var (
	SignIn = Op[SignInInput, SignInOutput]{
		ID: "sign-in", Method: http.MethodPost, Path: "/sessions", Open: true,
		Summary: "Sign in, with e-mail and password or with a link that the firm has passed on",
		Errors:  []chat.Code{chat.WrongPassword, chat.LinkExpired, chat.TooMany},
	}
	Accept = Op[AcceptInput, SignInOutput]{
		ID: "accept", Method: http.MethodPost, Path: "/invitations/accept", Open: true,
		Summary: "Take up an invitation, with a new password or as somebody who has one already, and sign in",
		Errors:  []chat.Code{chat.LinkExpired, chat.Required, chat.Malformed, chat.WeakPassword, chat.WrongPassword, chat.Taken, chat.TooMany},
	}
	SignOut = Op[Nothing, SignOutOutput]{
		ID: "sign-out", Method: http.MethodDelete, Path: "/sessions/current",
		Summary: "End this session",
	}
	Sessions = Op[Nothing, SessionsOutput]{
		ID: "sessions", Method: http.MethodGet, Path: "/sessions",
		Summary: "List the caller's devices",
	}
	RevokeSession = Op[SessionInput, Nothing]{
		ID: "revoke-session", Method: http.MethodDelete, Path: "/sessions/{session}",
		Summary: "Sign out one of the caller's devices", Errors: []chat.Code{chat.NotFound},
	}
	Me = Op[Nothing, MeOutput]{
		ID: "me", Method: http.MethodGet, Path: "/me",
		Summary: "Who am I, and whose portal is this",
	}
	Rename = Op[RenameInput, Nothing]{
		ID: "rename", Method: http.MethodPatch, Path: "/me",
		Summary: "Change the caller's own name", Errors: []chat.Code{chat.Required, chat.TooLong},
	}
	ChangePassword = Op[PasswordInput, Nothing]{
		ID: "change-password", Method: http.MethodPut, Path: "/me/password",
		Summary: "Change the caller's own password, and sign out their other devices",
		Errors:  []chat.Code{chat.WrongPassword, chat.WeakPassword, chat.TooLong, chat.TooMany},
	}
	Matters = Op[MattersInput, MattersOutput]{
		ID: "matters", Method: http.MethodGet, Path: "/matters",
		Summary: "The heads: the matters that the caller may see, and the version at which each stands",
	}
	Changes = Op[ChangesInput, ChangesOutput]{
		ID: "changes", Method: http.MethodGet, Path: "/matters/{matter}/changes",
		Summary: "What changed in a matter since a version, a page at a time",
		Errors:  []chat.Code{chat.NotFound},
	}
	Say = Op[SayInput, SayOutput]{
		ID: "say", Method: http.MethodPost, Path: "/messages",
		Summary: "Send messages. Each has a result of its own; the same id again returns the first result",
	}
	MarkRead = Op[ReadsInput, Nothing]{
		ID: "mark-read", Method: http.MethodPut, Path: "/reads",
		Summary: "Move the caller's read marks forward",
		Errors:  []chat.Code{chat.NotFound},
	}
	// Live is served and read by hand (live.go): it streams.
	Live = Op[Nothing, Nothing]{
		ID: "live", Method: http.MethodGet, Path: "/live",
		Summary: "Server-sent events: first the heads, then the changes as they happen",
		Errors:  []chat.Code{chat.TooMany},
	}
)

// The operations that are for users of the firm. To a participant they answer not_found.
var (
	SetStatus = Op[StatusInput, Nothing]{
		ID: "set-status", Method: http.MethodPut, Path: "/participants/{participant}/status",
		Summary: "Make a message the current status, or take the current one down",
		Errors:  []chat.Code{chat.NotFound, chat.Superseded, chat.MatterClosed, chat.Removed},
	}
	OpenMatter = Op[MatterInput, IDOutput]{
		ID: "open-matter", Method: http.MethodPost, Path: "/matters",
		Summary: "Open a matter; without an assigned user it is the caller's",
		Errors:  []chat.Code{chat.NotFound, chat.Required, chat.TooLong, chat.Taken},
	}
	EditMatter = Op[EditMatterInput, Nothing]{
		ID: "edit-matter", Method: http.MethodPut, Path: "/matters/{matter}",
		Summary: "Change a matter's reference, title and type",
		Errors:  []chat.Code{chat.NotFound, chat.Required, chat.TooLong, chat.Taken},
	}
	CloseMatter = Op[CloseInput, Nothing]{
		ID: "close-matter", Method: http.MethodPut, Path: "/matters/{matter}/closed",
		Summary: "Close a matter, or open it again", Errors: []chat.Code{chat.NotFound},
	}
	Assign = Op[AssignInput, Nothing]{
		ID: "assign", Method: http.MethodPut, Path: "/matters/{matter}/assigned",
		Summary: "Hand a matter to a user; whoever had it stays on its team", Errors: []chat.Code{chat.NotFound},
	}
	SetTeam = Op[TeamInput, Nothing]{
		ID: "set-team", Method: http.MethodPut, Path: "/matters/{matter}/team",
		Summary: "Say which other users may open a matter", Errors: []chat.Code{chat.NotFound},
	}
	AddParticipant = Op[AddParticipantInput, IDOutput]{
		ID: "add-participant", Method: http.MethodPost, Path: "/matters/{matter}/participants",
		Summary: "Put a person on a matter's portal", Errors: []chat.Code{chat.NotFound, chat.Required, chat.TooLong},
	}
	EditParticipant = Op[EditParticipantInput, Nothing]{
		ID: "edit-participant", Method: http.MethodPut, Path: "/participants/{participant}",
		Summary: "Change a participant's name, role and side", Errors: []chat.Code{chat.NotFound, chat.Required, chat.TooLong},
	}
	RemoveParticipant = Op[ParticipantInput, Nothing]{
		ID: "remove-participant", Method: http.MethodDelete, Path: "/participants/{participant}",
		Summary: "End a participant's access at once; their chat stays for the firm", Errors: []chat.Code{chat.NotFound},
	}
	Invite = Op[ParticipantInput, InviteOutput]{
		ID: "invite", Method: http.MethodPost, Path: "/participants/{participant}/invitation",
		Summary: "Make the link by which a participant comes in, to be passed on by the firm; an earlier one stops working",
		Errors:  []chat.Code{chat.NotFound, chat.MatterClosed, chat.Removed, chat.Taken},
	}
	RevokeInvitation = Op[ParticipantInput, Nothing]{
		ID: "revoke-invitation", Method: http.MethodDelete, Path: "/participants/{participant}/invitation",
		Summary: "Make a participant's link stop working", Errors: []chat.Code{chat.NotFound},
	}
	Replies = Op[Nothing, RepliesOutput]{
		ID: "replies", Method: http.MethodGet, Path: "/replies",
		Summary: "List the saved replies: the firm's and the caller's own", Errors: []chat.Code{chat.NotFound},
	}
	SaveReply = Op[SaveReplyInput, Nothing]{
		ID: "save-reply", Method: http.MethodPut, Path: "/replies/{reply}",
		Summary: "Save a reply under an id that the device made, or change it; the firm's are for admins",
		Errors: []chat.Code{chat.NotFound, chat.NotAllowed, chat.Malformed, chat.Required, chat.TooLong,
			chat.TextRequired, chat.TextTooLong, chat.TextInvalid, chat.TooMany},
	}
	RemoveReply = Op[RemoveReplyInput, Nothing]{
		ID: "remove-reply", Method: http.MethodDelete, Path: "/replies/{reply}",
		Summary: "Remove a saved reply; the firm's are for admins", Errors: []chat.Code{chat.NotFound, chat.NotAllowed},
	}
	Users = Op[Nothing, UsersOutput]{
		ID: "users", Method: http.MethodGet, Path: "/users",
		Summary: "List the firm's users", Errors: []chat.Code{chat.NotFound},
	}
	AddUser = Op[AddUserInput, IDOutput]{
		ID: "add-user", Method: http.MethodPost, Path: "/users",
		Summary: "Add a user; for admins",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed, chat.Required, chat.Malformed, chat.WeakPassword, chat.Taken},
	}
	EditUser = Op[EditUserInput, Nothing]{
		ID: "edit-user", Method: http.MethodPut, Path: "/users/{user}",
		Summary: "Change a user's role, or whether they are active; for admins",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed, chat.HasMatters, chat.LastAdmin},
	}
	GetFirm = Op[Nothing, FirmOutput]{
		ID: "firm", Method: http.MethodGet, Path: "/firm", Open: true,
		Summary: "Whose portal this is, as everybody may know who opens its pages",
	}
	SetFirm = Op[FirmInput, Nothing]{
		ID: "set-firm", Method: http.MethodPut, Path: "/firm",
		Summary: "Change the firm's name and the colour of the client pages; for admins",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed, chat.Required, chat.TooLong, chat.Malformed},
	}
	Audit = Op[AuditInput, AuditOutput]{
		ID: "audit", Method: http.MethodGet, Path: "/audit",
		Summary: "Who did what, the newest first, a page at a time; for admins", Errors: []chat.Code{chat.NotFound},
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
	Admin   bool   `json:"admin,omitempty" doc:"may manage the firm"`
	Firm    string `json:"firm" doc:"the firm's name"`
	Colour  string `json:"colour,omitempty" doc:"of the client pages, #rrggbb"`
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
	Level   int         `json:"level" doc:"of the contract that the portal speaks"`
	Needs   int         `json:"needs" doc:"the lowest level of the contract that an app must speak"`
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
	ID          string  `json:"id" doc:"UUIDv7, made before the first attempt"`
	Participant string  `json:"participant" doc:"the chat"`
	Text        string  `json:"text" doc:"at most 10,000 characters"`
	WrittenAt   int64   `json:"written_at"`
	SetStatus   bool    `json:"set_status,omitempty" doc:"make it the current status; for users only"`
	SawStatus   *string `json:"saw_status,omitempty" doc:"with set_status: the message that the writer saw as the current status, empty for none; if another stands, the message is sent and does not take its place"`
}

type SayOutput struct {
	Body struct {
		Results []Result `json:"results" nullable:"false" doc:"one for each message, in order"`
	}
}

// Result is what became of one Outgoing: it was sent, or there is an error.
type Result struct {
	ID      string            `json:"id"`
	Message *chat.Message     `json:"message,omitempty"`
	Status  chat.StatusResult `json:"status,omitempty" enum:"set,superseded" doc:"with set_status: whether it became the current status"`
	Error   *Problem          `json:"error,omitempty"`
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
