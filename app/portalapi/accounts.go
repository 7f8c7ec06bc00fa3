package portalapi

import (
	"net/http"

	"matterline/app/chat"
)

// The operations for lost passwords, for sessions that admins end, and for what the firm decides about them.
var (
	ResetInfo = Op[ResetInfoInput, ResetInfoOutput]{
		ID: "reset-info", Method: http.MethodPost, Path: "/resets/info", Open: true,
		Summary: "Get whose password a reset link is for",
		Errors:  []chat.Code{chat.LinkExpired, chat.NotAllowed, chat.TooMany},
	}
	UseReset = Op[UseResetInput, SignInOutput]{
		ID: "use-reset", Method: http.MethodPost, Path: "/resets", Open: true,
		Summary: "Choose a new password with a reset link. It signs the account out everywhere, removes its passkeys and a participant's recovery codes, and signs a participant in. Users then sign in with the desktop app",
		Errors:  []chat.Code{chat.LinkExpired, chat.WeakPassword, chat.TooLong, chat.NotAllowed, chat.TooMany, chat.Busy},
	}
	Confirm = Op[TwoStepInput, Nothing]{
		ID: "confirm", Method: http.MethodPost, Path: "/sessions/current/confirmation",
		Summary: "Show again who the caller, a user, is, after an operation was refused with confirm_first for the field password. It counts for this session, for 5 minutes",
		Errors:  []chat.Code{chat.NotFound, chat.WrongPassword, chat.CodeRequired, chat.WrongCode, chat.TooMany, chat.Busy},
	}
	ChangeEmail = Op[EmailInput, Nothing]{
		ID: "change-email", Method: http.MethodPut, Path: "/me/email",
		Summary: "Change the email with which the caller, a user, signs in. Without a password, because the caller signs in with the firm's own account, the session has to be confirmed",
		Errors:  []chat.Code{chat.NotFound, chat.WrongPassword, chat.Required, chat.Malformed, chat.TooLong, chat.Taken, chat.TooMany, chat.Busy},
	}
	Reset = Op[AccountInput, ResetOutput]{
		ID: "reset-link", Method: http.MethodPost, Path: "/accounts/{account}/reset",
		Summary: "Make a link with which a user or a participant chooses a new password. It works once, and replaces an earlier one (admins only)",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed, chat.ConfirmFirst},
	}
	SetEmail = Op[AccountEmailInput, Nothing]{
		ID: "set-email", Method: http.MethodPut, Path: "/accounts/{account}/email",
		Summary: "Change the email with which someone else signs in. It ends nothing, and they see who changed it (admins only)",
		Errors:  []chat.Code{chat.Required, chat.Malformed, chat.TextInvalid, chat.TooLong, chat.NotFound, chat.NotAllowed, chat.Taken, chat.ConfirmFirst},
	}
	AccountSessions = Op[AccountInput, SessionsOutput]{
		ID: "account-sessions", Method: http.MethodGet, Path: "/accounts/{account}/sessions",
		Summary: "List the devices that a user or a participant is signed in on (admins only)",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed},
	}
	EndSession = Op[EndSessionInput, Nothing]{
		ID: "end-session", Method: http.MethodDelete, Path: "/accounts/{account}/sessions/{session}",
		Summary: "Sign out a device of a user or a participant (admins only)",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed},
	}
	FirmSettings = Op[Nothing, FirmSettingsOutput]{
		ID: "firm-settings", Method: http.MethodGet, Path: "/firm/settings",
		Summary: "Get what the firm has decided about sessions, copies and matters", Errors: []chat.Code{chat.NotFound},
	}
	SetFirmSettings = Op[FirmSettingsInput, Nothing]{
		ID: "set-firm-settings", Method: http.MethodPut, Path: "/firm/settings",
		Summary: "Change what the firm has decided about sessions, copies and matters (admins only)",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed, chat.Malformed, chat.ConfirmFirst},
	}
)

type ResetInfoInput struct {
	Body struct {
		Reset string `json:"reset" maxLength:"100" doc:"the secret from the link"`
	}
}

type ResetInfoOutput struct {
	Body struct {
		Name          string `json:"name"`
		Email         string `json:"email"`
		User          bool   `json:"user" doc:"whether it is a user of the firm"`
		Passkeys      int    `json:"passkeys" doc:"how many passkeys using the link removes"`
		RecoveryCodes int    `json:"recovery_codes" doc:"how many of a participant's recovery codes using the link removes"`
	}
}

type UseResetInput struct {
	Body struct {
		Reset    string           `json:"reset" maxLength:"100" doc:"the secret from the link"`
		Password string           `json:"password" maxLength:"1001"`
		Device   string           `json:"device,omitempty" maxLength:"100" doc:"the same as for sign-in"`
		Kind     chat.SessionKind `json:"kind,omitempty" enum:",desktop,browser" doc:"the same as for sign-in; a user isn't signed in"`
		Cookie   bool             `json:"cookie,omitempty" doc:"the same as for sign-in"`
	}
}

type EmailInput struct {
	Body struct {
		Password string `json:"password" maxLength:"1000"`
		Email    string `json:"email"`
	}
}

type AccountEmailInput struct {
	Account string `path:"account" maxLength:"64"`
	Body    struct {
		Email string `json:"email"`
	}
}

type AccountInput struct {
	Account string `path:"account" maxLength:"64"`
}

type ResetOutput struct {
	Body struct {
		Path      string `json:"path" doc:"the link's path on this portal, with the secret after the #"`
		URL       string `json:"url,omitempty" doc:"the whole link, if the portal was given its public address"`
		ExpiresAt int64  `json:"expires_at"`
	}
}

type EndSessionInput struct {
	Account string `path:"account" maxLength:"64"`
	Session string `path:"session" maxLength:"64"`
	Erase   bool   `query:"erase" doc:"whether a user's device must also delete its copy, at its next contact"`
}

type FirmSettingsInput struct{ Body chat.FirmSettings }

type FirmSettingsOutput struct{ Body chat.FirmSettings }
