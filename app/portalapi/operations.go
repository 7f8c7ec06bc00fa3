package portalapi

import (
	"net/http"

	"matterline/app/chat"
)

// Prefix is the path of the operations on a portal.
const Prefix = "/api/v1"

// SessionCookie is the name of the cookie with a browser's token.
const SessionCookie = "matterline_session"

// DeviceCookie is the name of the cookie with a browser's device secret.
const DeviceCookie = "matterline_device"

// PageHeader is a header that the client pages send with each request. Other websites can't.
const PageHeader = "Matterline-Page"

// Op declares an operation with input I and output O. Their struct tags (path, query, header) declare parameters,
// and the field Body the body, as huma reads them.
type Op[I, O any] struct {
	ID, Method, Path string
	Summary          string
	// Errors are the codes it returns besides malformed, internal and, if it isn't Open, signed_out.
	Errors []chat.Code
	// Open operations need no session.
	Open bool
	// MaxBody is the most bytes of its body, if the usual number isn't enough.
	MaxBody int
}

// The most bytes of a body.
const (
	openBody  = 16 << 10
	usualBody = 256 << 10 // a text of the greatest length, escaped, fits several times
	// messagesBody is enough for 100 messages of the greatest length. An escaped character takes up to 12 bytes.
	messagesBody = 100 * (12*chat.MaxText + 1024)
)

// BodyLimit is the most bytes of a body.
func (op Op[I, O]) BodyLimit() int {
	switch {
	case op.Open:
		return openBody
	case op.MaxBody > 0:
		return op.MaxBody
	}
	return usualBody
}

// Nothing is an empty input or output.
type Nothing struct{}

// The operations that users and participants share.
var (
	SignIn = Op[SignInInput, SignInOutput]{
		ID: "sign-in", Method: http.MethodPost, Path: "/sessions", Open: true,
		Summary: "Sign in with email and password, or with a link from the firm",
		Errors:  []chat.Code{chat.WrongPassword, chat.CodeRequired, chat.WrongCode, chat.SetUpFirst, chat.LinkExpired, chat.NotAllowed, chat.TooMany, chat.Busy},
	}
	Accept = Op[AcceptInput, SignInOutput]{
		ID: "accept", Method: http.MethodPost, Path: "/invitations/accept", Open: true,
		Summary: "Accept an invitation with a new or an existing account, and sign in",
		Errors:  []chat.Code{chat.LinkExpired, chat.WrongPIN, chat.Required, chat.TooLong, chat.TextInvalid, chat.Malformed, chat.WeakPassword, chat.WrongPassword, chat.Taken, chat.NotAllowed, chat.TooMany, chat.Busy},
	}
	SignOut = Op[Nothing, SignOutOutput]{
		ID: "sign-out", Method: http.MethodDelete, Path: "/sessions/current",
		Summary: "End this session",
	}
	Sessions = Op[Nothing, SessionsOutput]{
		ID: "sessions", Method: http.MethodGet, Path: "/sessions",
		Summary: "List the devices that the caller is signed in on",
	}
	RevokeSession = Op[SessionInput, Nothing]{
		ID: "revoke-session", Method: http.MethodDelete, Path: "/sessions/{session}",
		Summary: "Sign out one of the caller's devices", Errors: []chat.Code{chat.NotFound},
	}
	Me = Op[Nothing, MeOutput]{
		ID: "me", Method: http.MethodGet, Path: "/me",
		Summary: "Get the caller's account and the firm",
	}
	Rename = Op[RenameInput, Nothing]{
		ID: "rename", Method: http.MethodPatch, Path: "/me",
		Summary: "Change the caller's own name", Errors: []chat.Code{chat.Required, chat.TooLong, chat.TextInvalid},
	}
	ChangePassword = Op[PasswordInput, Nothing]{
		ID: "change-password", Method: http.MethodPut, Path: "/me/password",
		Summary: "Change the caller's own password and sign out their other devices",
		Errors:  []chat.Code{chat.NotFound, chat.WrongPassword, chat.WrongPasskey, chat.WeakPassword, chat.TooLong, chat.TooMany, chat.Busy},
	}
	Matters = Op[MattersInput, MattersOutput]{
		ID: "matters", Method: http.MethodGet, Path: "/matters",
		Summary: "List the matters that the caller may see, with their versions (the heads)",
	}
	Changes = Op[ChangesInput, ChangesOutput]{
		ID: "changes", Method: http.MethodGet, Path: "/matters/{matter}/changes",
		Summary: "Get what changed in a matter since a version, one page at a time",
		Errors:  []chat.Code{chat.NotFound, chat.OtherHistory},
	}
	SendMessages = Op[SendMessagesInput, SendMessagesOutput]{
		ID: "send-messages", Method: http.MethodPost, Path: "/messages", MaxBody: messagesBody,
		Summary: "Send messages. Each has its own result. Sending the same id again returns the first result",
		Errors:  []chat.Code{chat.TooMany},
	}
	MarkRead = Op[ReadsInput, Nothing]{
		ID: "mark-read", Method: http.MethodPut, Path: "/reads",
		Summary: "Move the caller's read marks forward",
		Errors:  []chat.Code{chat.NotFound},
	}
	// Live is a stream, which huma doesn't serve and Call doesn't read.
	Live = Op[LiveInput, Nothing]{
		ID: "live", Method: http.MethodGet, Path: "/live",
		Summary: "Stream server-sent events: first the heads, then changes as they happen",
		Errors:  []chat.Code{chat.TooMany},
	}
)

// The operations that are only for users. Participants get not_found.
var (
	SetStatus = Op[StatusInput, Nothing]{
		ID: "set-status", Method: http.MethodPut, Path: "/participants/{participant}/status",
		Summary: "Make a message the current status, or remove the current status",
		Errors:  []chat.Code{chat.NotFound, chat.Superseded, chat.MatterClosed, chat.Removed},
	}
	OpenMatter = Op[MatterInput, IDOutput]{
		ID: "open-matter", Method: http.MethodPost, Path: "/matters",
		Summary: "Open a matter. It is assigned to the caller unless the body names another user",
		Errors:  []chat.Code{chat.NotFound, chat.Required, chat.TooLong, chat.TextInvalid, chat.Taken},
	}
	EditMatter = Op[EditMatterInput, Nothing]{
		ID: "edit-matter", Method: http.MethodPut, Path: "/matters/{matter}",
		Summary: "Change a matter's reference, title and type",
		Errors:  []chat.Code{chat.NotFound, chat.Required, chat.TooLong, chat.TextInvalid, chat.Taken},
	}
	CloseMatter = Op[CloseInput, Nothing]{
		ID: "close-matter", Method: http.MethodPut, Path: "/matters/{matter}/closed",
		Summary: "Close or reopen a matter. Only the assigned user and admins may, and the team if the firm lets it", Errors: []chat.Code{chat.NotFound, chat.NotAllowed},
	}
	Assign = Op[AssignInput, Nothing]{
		ID: "assign", Method: http.MethodPut, Path: "/matters/{matter}/assigned",
		Summary: "Assign a matter to a user. The previous assigned user joins its team. The same callers may as for close-matter", Errors: []chat.Code{chat.NotFound, chat.NotAllowed},
	}
	SetTeam = Op[TeamInput, Nothing]{
		ID: "set-team", Method: http.MethodPut, Path: "/matters/{matter}/team",
		Summary: "Set which other users may open a matter. The same callers may as for close-matter", Errors: []chat.Code{chat.NotFound, chat.NotAllowed},
	}
	AddParticipant = Op[AddParticipantInput, IDOutput]{
		ID: "add-participant", Method: http.MethodPost, Path: "/matters/{matter}/participants",
		Summary: "Add a participant to a matter", Errors: []chat.Code{chat.NotFound, chat.Required, chat.TooLong, chat.TextInvalid},
	}
	EditParticipant = Op[EditParticipantInput, Nothing]{
		ID: "edit-participant", Method: http.MethodPut, Path: "/participants/{participant}",
		Summary: "Change a participant's name, role and side", Errors: []chat.Code{chat.NotFound, chat.Required, chat.TooLong, chat.TextInvalid},
	}
	RemoveParticipant = Op[ParticipantInput, Nothing]{
		ID: "remove-participant", Method: http.MethodDelete, Path: "/participants/{participant}",
		Summary: "End a participant's access at once. The firm keeps their chat", Errors: []chat.Code{chat.NotFound},
	}
	Invite = Op[InviteInput, InviteOutput]{
		ID: "invite", Method: http.MethodPost, Path: "/participants/{participant}/invitation",
		Summary: "Make a participant's invitation link for the firm to send. It replaces an earlier one",
		Errors:  []chat.Code{chat.NotFound, chat.MatterClosed, chat.Removed, chat.Taken},
	}
	RevokeInvitation = Op[ParticipantInput, Nothing]{
		ID: "revoke-invitation", Method: http.MethodDelete, Path: "/participants/{participant}/invitation",
		Summary: "Revoke a participant's invitation link", Errors: []chat.Code{chat.NotFound, chat.Taken},
	}
	Replies = Op[Nothing, RepliesOutput]{
		ID: "replies", Method: http.MethodGet, Path: "/replies",
		Summary: "List the saved replies: the firm's and the caller's own", Errors: []chat.Code{chat.NotFound},
	}
	SaveReply = Op[SaveReplyInput, Nothing]{
		ID: "save-reply", Method: http.MethodPut, Path: "/replies/{reply}",
		Summary: "Add or change a saved reply. The device makes its id. Only admins may change the firm's",
		Errors: []chat.Code{chat.NotFound, chat.NotAllowed, chat.Malformed, chat.Required, chat.TooLong,
			chat.TextRequired, chat.TextTooLong, chat.TextInvalid, chat.TooMany},
	}
	RemoveReply = Op[RemoveReplyInput, Nothing]{
		ID: "remove-reply", Method: http.MethodDelete, Path: "/replies/{reply}",
		Summary: "Remove a saved reply. Only admins may remove the firm's", Errors: []chat.Code{chat.NotFound, chat.NotAllowed},
	}
	Reminders = Op[Nothing, RemindersOutput]{
		ID: "reminders", Method: http.MethodGet, Path: "/reminders",
		Summary: "List the caller's reminders, also those that ended lately", Errors: []chat.Code{chat.NotFound},
	}
	SetReminders = Op[SetRemindersInput, Nothing]{
		ID: "set-reminders", Method: http.MethodPut, Path: "/reminders",
		Summary: "Set, change or end reminders of the caller's. An older one than the portal has changes nothing",
		Errors:  []chat.Code{chat.NotFound, chat.Malformed},
	}
	ReportActivity = Op[ActivityInput, ActivityOutput]{
		ID: "report-activity", Method: http.MethodPost, Path: "/activity",
		Summary: "Add to the audit trail what the caller did on the device. Each report has its own result. The same id again adds nothing",
		Errors:  []chat.Code{chat.NotFound},
	}
	Users = Op[Nothing, UsersOutput]{
		ID: "users", Method: http.MethodGet, Path: "/users",
		Summary: "List the firm's users", Errors: []chat.Code{chat.NotFound},
	}
	AddUser = Op[AddUserInput, AddUserOutput]{
		ID: "add-user", Method: http.MethodPost, Path: "/users",
		Summary: "Add a user, with a password or with a link to choose one (admins only)",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed, chat.Required, chat.TooLong, chat.TextInvalid, chat.Malformed, chat.WeakPassword, chat.Taken, chat.ConfirmFirst, chat.Busy},
	}
	EditUser = Op[EditUserInput, Nothing]{
		ID: "edit-user", Method: http.MethodPut, Path: "/users/{user}",
		Summary: "Change whether a user is an admin, or active (admins only)",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed, chat.HasMatters, chat.LastAdmin, chat.ConfirmFirst},
	}
	GetFirm = Op[Nothing, FirmOutput]{
		ID: "firm", Method: http.MethodGet, Path: "/firm", Open: true,
		Summary: "Get the firm, as shown to everyone who opens the client pages",
	}
	SetFirm = Op[FirmInput, Nothing]{
		ID: "set-firm", Method: http.MethodPut, Path: "/firm",
		Summary: "Change the firm's name and the colour of the client pages (admins only)",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed, chat.Required, chat.TooLong, chat.TextInvalid, chat.Malformed},
	}
	Audit = Op[AuditInput, AuditOutput]{
		ID: "audit", Method: http.MethodGet, Path: "/audit",
		Summary: "Get the audit trail, newest entry first, one page at a time (admins only)", Errors: []chat.Code{chat.NotFound},
	}
)

type SignInInput struct {
	Body struct {
		Email    string           `json:"email,omitempty" maxLength:"254" doc:"together with password"`
		Password string           `json:"password,omitempty" maxLength:"1000"`
		Code     string           `json:"code,omitempty" maxLength:"100" doc:"a code from the user's authenticator app, or a recovery code; after code_required, or after set-up-two-step"`
		Link     string           `json:"link,omitempty" maxLength:"100" doc:"instead of email and password"`
		Device   string           `json:"device,omitempty" maxLength:"100" doc:"the device's name in the list of devices"`
		Kind     chat.SessionKind `json:"kind,omitempty" enum:",desktop,browser" doc:"users sign in with the desktop app, participants with a browser; without it, the portal doesn't check that"`
		Cookie   bool             `json:"cookie,omitempty" doc:"for browsers: keep the token and the device secret in HttpOnly cookies instead of returning them"`
		// DeviceSecret shows that the account has signed in on this device before, so that guesses elsewhere don't lock it out.
		DeviceSecret string `json:"device_secret,omitempty" maxLength:"100" doc:"for apps: the device secret of the last sign-in to this portal"`
	}
}

type SignInOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      struct {
		Token        string `json:"token,omitempty" doc:"send it as Authorization: Bearer; empty if it is in a cookie"`
		DeviceSecret string `json:"device_secret,omitempty" doc:"keep it, also after signing out, and send it with the next sign-in; empty if it is in a cookie"`
		Me           Self   `json:"me"`
		Matter       string `json:"matter,omitempty" doc:"the matter that the accepted invitation is for"`
		// RecoveryCodes are empty unless the sign-in turned on two-step verification.
		RecoveryCodes []string `json:"recovery_codes,omitempty" nullable:"false" doc:"new ones, if the code turned on two-step verification"`
		WrongCodes    int64    `json:"wrong_codes,omitempty" doc:"how many wrong codes were tried with the right password since the last sign-in"`
	}
}

type SignOutOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

// Self describes the caller.
type Self struct {
	Account    string `json:"account"`
	Name       string `json:"name"`
	User       bool   `json:"user" doc:"whether the caller is a user of the firm"`
	Admin      bool   `json:"admin,omitempty" doc:"whether the caller may manage the firm"`
	Email      string `json:"email" doc:"for signing in"`
	NoPassword bool   `json:"no_password,omitempty" doc:"whether the caller has no password, or their firm forbids it"`
	SSOOnly    bool   `json:"sso_only,omitempty" doc:"whether the firm forbids the passwords of users"`
	MustChange bool   `json:"must_change,omitempty" doc:"whether someone else chose the caller's password, so that it has to be changed"`
	TwoStep    bool   `json:"two_step,omitempty" doc:"whether signing in needs a code"`
	// RecoveryCodes is 0 without two-step verification.
	RecoveryCodes int    `json:"recovery_codes_left,omitempty" doc:"how many recovery codes are left"`
	PasskeysWork  bool   `json:"passkeys_work,omitempty" doc:"whether the caller is a user who can have passkeys at this portal"`
	Passkeys      int    `json:"passkeys,omitempty" doc:"how many they have"`
	EmailSetBy    string `json:"email_set_by,omitempty" doc:"the name of the admin who changed the caller's email"`
	Unsaved       bool   `json:"recovery_codes_unsaved,omitempty" doc:"whether the caller has yet to say that they saved the recovery codes"`
	Covers        string `json:"covers,omitempty" doc:"another text after each change of the covers that concern the caller"`
	Firm          string `json:"firm" doc:"the firm's name"`
	Colour        string `json:"colour,omitempty" doc:"the colour of the client pages, #rrggbb"`
}

type MeOutput struct{ Body Self }

type MattersInput struct {
	IfNoneMatch string `header:"If-None-Match"`
	Known       string `header:"Matterline-Known" doc:"the heads that the caller knows: their epoch, a full stop, and the digests of 512 buckets of them in unpadded URL-safe base64; with it, the portal may leave out the heads of unchanged buckets. A head is in the bucket that the CRC-32 (IEEE) of its matter's id names, modulo 512. A bucket's digest is the XOR of its heads' digests: each is the first 4 bytes of the SHA-256 of the matter's id, a space, the version as 8 bytes with the greatest first, and the mark"`
}

type LiveInput struct {
	Known string `header:"Matterline-Known" doc:"as for GET /matters, for the first event"`
}

type MattersOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   Heads
}

// Heads are the matters that a caller may see, with the state of the store.
type Heads struct {
	Epoch     string      `json:"epoch" doc:"changes when the store is restored from a backup"`
	Level     int         `json:"level" doc:"the level of the contract that the portal implements"`
	Needs     int         `json:"needs" doc:"the lowest level of the contract that an app must implement"`
	Matters   []chat.Head `json:"matters" nullable:"false"`
	Reminders int64       `json:"reminders,omitempty" doc:"how often the caller's reminders have changed"`
	// Copies is nil for participants. An older portal sends none.
	Copies *CopyRules `json:"copies,omitempty"`
	// Buckets is nil if Matters has all heads.
	Buckets []int `json:"buckets,omitzero" nullable:"false" doc:"if present, matters has only the heads in these buckets, and the caller knows those in the others"`
}

type ChangesInput struct {
	Matter string `path:"matter" maxLength:"64"`
	After  int64  `query:"after" minimum:"0" doc:"the version that the caller has"`
	Mark   string `query:"mark" maxLength:"32" doc:"the mark that the caller has for this version; with it, the portal checks that its history continues the caller's"`
	Limit  int    `query:"limit" minimum:"1" maximum:"2000" default:"500" doc:"the most messages in the page"`
}

type ChangesOutput struct{ Body chat.Changes }

type SendMessagesInput struct {
	Body struct {
		Messages []Outgoing `json:"messages" minItems:"1" maxItems:"100" nullable:"false"`
	}
}

// Outgoing is a message to send. The store validates it instead of the schema, because a bad message must not hold
// back the others.
type Outgoing struct {
	ID          string  `json:"id" doc:"a UUIDv7, made before the first attempt"`
	Participant string  `json:"participant" doc:"the chat"`
	Text        string  `json:"text" doc:"at most 10,000 characters"`
	WrittenAt   int64   `json:"written_at"`
	SetStatus   bool    `json:"set_status,omitempty" doc:"make it the current status (users only)"`
	SawStatus   *string `json:"saw_status,omitempty" doc:"with set_status: the message that the writer saw as the current status, or empty for none; if the current status differs, the message is sent without becoming the status"`
}

type SendMessagesOutput struct {
	Body struct {
		Results []Result `json:"results" nullable:"false" doc:"one for each message, in order"`
	}
}

// Result is the result for one Outgoing: the message as sent, or an error.
type Result struct {
	ID      string            `json:"id"`
	Message *chat.Message     `json:"message,omitempty"`
	Status  chat.StatusResult `json:"status,omitempty" enum:"set,superseded" doc:"with set_status: whether the message became the current status"`
	Error   *Problem          `json:"error,omitempty"`
}

type ReadsInput struct {
	Body struct {
		Reads []ReadMark `json:"reads" minItems:"1" maxItems:"100" nullable:"false"`
	}
}

// ReadMark says that the caller has read a chat up to a version.
type ReadMark struct {
	Participant string `json:"participant" maxLength:"64"`
	Upto        int64  `json:"upto" minimum:"0"`
}

type SetRemindersInput struct {
	Body struct {
		Reminders []chat.Reminder `json:"reminders" minItems:"1" maxItems:"100" nullable:"false"`
	}
}

type RemindersOutput struct {
	Body struct {
		Version   int64           `json:"version" doc:"how often they have changed"`
		Reminders []chat.Reminder `json:"reminders" nullable:"false"`
	}
}

type ActivityInput struct {
	Body struct {
		Reports []chat.Activity `json:"reports" minItems:"1" maxItems:"100" nullable:"false"`
	}
}

type ActivityOutput struct {
	Body struct {
		Results []Result `json:"results" nullable:"false" doc:"one for each report, in order: only its id, or an error"`
	}
}
