package portalapi

import (
	"net/http"

	"matterline/app/chat"
)

// The operations of passkeys, and of the recovery codes of participants. Participants use their passkeys on the client
// pages. Users use theirs in the system's browser, on the page that ways names: the app opens it with what it is for, a
// secret, and where to return to.
//
// Options are the JSON for PublicKeyCredential.parseCreationOptionsFromJSON or parseRequestOptionsFromJSON, and answers are
// what its toJSON returns.
var (
	SignInOptions = Op[Nothing, PasskeyOptionsOutput]{
		ID: "sign-in-options", Method: http.MethodPost, Path: "/sessions/passkey/options", Open: true,
		Summary: "Get the options with which a browser asks for a passkey to sign in",
		Errors:  []chat.Code{chat.NotAllowed},
	}
	SignInByPasskey = Op[PasskeySignInInput, SignInOutput]{
		ID: "sign-in-by-passkey", Method: http.MethodPost, Path: "/sessions/passkey", Open: true,
		Summary: "Sign in with a passkey",
		Errors:  []chat.Code{chat.WrongPasskey, chat.NotAllowed, chat.TooMany},
	}
	PasskeyPageOptions = Op[PasskeyPageInput, PasskeyOptionsOutput]{
		ID: "passkey-page-options", Method: http.MethodPost, Path: "/passkeys/options", Open: true,
		Summary: "Get the options with which the page in the system's browser makes a passkey for a user, or asks for one",
		Errors:  []chat.Code{chat.NotAllowed, chat.LinkExpired},
	}
	ConfirmByPasskey = Op[ConfirmByPasskeyInput, Nothing]{
		ID: "confirm-by-passkey", Method: http.MethodPost, Path: "/sessions/current/confirmation/passkey",
		Summary: "Show again who the caller, a user, is, after an operation was refused with confirm_first. It counts for this session, for 5 minutes",
		Errors:  []chat.Code{chat.NotFound, chat.WrongPasskey, chat.NotAllowed, chat.TooMany},
	}
	PasskeyLink = Op[Nothing, PasskeyLinkOutput]{
		ID: "passkey-link", Method: http.MethodPost, Path: "/me/passkeys/link",
		Summary: "Get the secret with which the page in the system's browser makes a passkey for the caller, a user. The caller's session then adds it",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed, chat.ConfirmFirst, chat.TooMany},
	}
	Recover = Op[RecoverInput, SignInOutput]{
		ID: "recover", Method: http.MethodPost, Path: "/recoveries", Open: true,
		Summary: "Choose a new password with a recovery code, and sign in. It signs the participant out everywhere else",
		Errors:  []chat.Code{chat.WrongCode, chat.WeakPassword, chat.TooLong, chat.NotAllowed, chat.TooMany, chat.Busy},
	}
	Passkeys = Op[Nothing, PasskeysOutput]{
		ID: "passkeys", Method: http.MethodGet, Path: "/me/passkeys",
		Summary: "List the caller's passkeys",
	}
	ProveOptions = Op[Nothing, PasskeyOptionsOutput]{
		ID: "prove-options", Method: http.MethodPost, Path: "/me/passkeys/proof",
		Summary: "Get the options with which a browser asks for one of the passkeys of the caller, a participant, instead of their password",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed},
	}
	StartPasskey = Op[ProofInput, PasskeyOptionsOutput]{
		ID: "start-passkey", Method: http.MethodPost, Path: "/me/passkeys/options",
		Summary: "Get the options with which a browser makes a passkey for the caller, a participant",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed, chat.WrongPassword, chat.WrongPasskey, chat.TooMany, chat.Busy},
	}
	AddPasskey = Op[AddPasskeyInput, IDOutput]{
		ID: "add-passkey", Method: http.MethodPost, Path: "/me/passkeys",
		Summary: "Add the passkey that a browser has made for the caller",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed, chat.Required, chat.TooLong, chat.TextInvalid, chat.WrongPasskey, chat.Taken, chat.TooMany},
	}
	RenamePasskey = Op[RenamePasskeyInput, Nothing]{
		ID: "rename-passkey", Method: http.MethodPatch, Path: "/me/passkeys/{passkey}",
		Summary: "Rename one of the caller's passkeys",
		Errors:  []chat.Code{chat.NotFound, chat.Required, chat.TooLong, chat.TextInvalid},
	}
	RemovePasskey = Op[PasskeyInput, Nothing]{
		ID: "remove-passkey", Method: http.MethodDelete, Path: "/me/passkeys/{passkey}",
		Summary: "Remove one of the caller's passkeys", Errors: []chat.Code{chat.NotFound},
	}
	MakeRecoveryCodes = Op[ProofInput, RecoveryCodesOutput]{
		ID: "make-recovery-codes", Method: http.MethodPost, Path: "/me/recovery",
		Summary: "Make ten recovery codes, with which the caller, a participant, can choose a new password. Earlier ones stop working",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed, chat.WrongPassword, chat.WrongPasskey, chat.TooMany, chat.Busy},
	}
)

type PasskeyOptionsOutput struct {
	Body struct {
		Options string `json:"options" doc:"for the browser, in JSON"`
	}
}

type PasskeySignInInput struct {
	Body struct {
		Answer       string           `json:"answer" maxLength:"8000" doc:"of the passkey to sign-in-options, or of a user's to passkey-page-options, in JSON"`
		Verifier     string           `json:"verifier,omitempty" maxLength:"128" doc:"what the app's code challenge is the hash of; empty for participants"`
		Device       string           `json:"device,omitempty" maxLength:"100" doc:"the same as for sign-in"`
		Kind         chat.SessionKind `json:"kind,omitempty" enum:",desktop,browser" doc:"the same as for sign-in"`
		Cookie       bool             `json:"cookie,omitempty" doc:"the same as for sign-in"`
		DeviceSecret string           `json:"device_secret,omitempty" maxLength:"100" doc:"the same as for sign-in"`
	}
}

type PasskeyPageInput struct {
	Body struct {
		For    chat.PasskeyUse `json:"for" enum:"sign-in,confirm,add"`
		Secret string          `json:"secret" maxLength:"300" doc:"from the app: the SHA-256 of its verifier in unpadded URL-safe base64, or the link from passkey-link"`
	}
}

type PasskeyLinkOutput struct {
	Body struct {
		Link string `json:"link" doc:"it works for ten minutes"`
	}
}

type ConfirmByPasskeyInput struct {
	Body struct {
		Answer   string `json:"answer" maxLength:"8000" doc:"of the passkey to passkey-page-options, in JSON"`
		Verifier string `json:"verifier" minLength:"43" maxLength:"128" doc:"what the code challenge is the hash of"`
	}
}

type RecoverInput struct {
	Body struct {
		Email    string           `json:"email" maxLength:"254"`
		Code     string           `json:"code" maxLength:"100" doc:"a recovery code"`
		Password string           `json:"password" maxLength:"1001" doc:"the new one"`
		Device   string           `json:"device,omitempty" maxLength:"100" doc:"the same as for sign-in"`
		Kind     chat.SessionKind `json:"kind,omitempty" enum:",desktop,browser" doc:"the same as for sign-in"`
		Cookie   bool             `json:"cookie,omitempty" doc:"the same as for sign-in"`
	}
}

type PasskeysOutput struct {
	Body struct {
		Passkeys []chat.Passkey `json:"passkeys" nullable:"false"`
	}
}

// ProofInput shows that the caller is still the person who signed in.
type ProofInput struct {
	Body struct {
		Password string `json:"password,omitempty" maxLength:"1000"`
		Passkey  string `json:"passkey,omitempty" maxLength:"8000" doc:"instead of the password: the answer of a passkey to prove-options, in JSON"`
	}
}

type AddPasskeyInput struct {
	Body struct {
		Name   string `json:"name"`
		Answer string `json:"answer" maxLength:"50000" doc:"the new passkey, in JSON"`
	}
}

type RenamePasskeyInput struct {
	Passkey string `path:"passkey" maxLength:"64"`
	Body    struct {
		Name string `json:"name"`
	}
}

type PasskeyInput struct {
	Passkey string `path:"passkey" maxLength:"64"`
}
