package portalapi

import (
	"net/http"

	"matterline/app/chat"
)

// The operations of passkeys, and of the recovery codes of participants. Users get not_found, except that everyone may ask
// for a passkey to sign in.
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
	Recover = Op[RecoverInput, SignInOutput]{
		ID: "recover", Method: http.MethodPost, Path: "/recoveries", Open: true,
		Summary: "Choose a new password with a recovery code, and sign in. It signs the participant out everywhere else",
		Errors:  []chat.Code{chat.WrongCode, chat.WeakPassword, chat.TooLong, chat.NotAllowed, chat.TooMany, chat.Busy},
	}
	Passkeys = Op[Nothing, PasskeysOutput]{
		ID: "passkeys", Method: http.MethodGet, Path: "/me/passkeys",
		Summary: "List the caller's passkeys", Errors: []chat.Code{chat.NotFound},
	}
	ProveOptions = Op[Nothing, PasskeyOptionsOutput]{
		ID: "prove-options", Method: http.MethodPost, Path: "/me/passkeys/proof",
		Summary: "Get the options with which a browser asks for one of the caller's passkeys instead of their password",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed},
	}
	StartPasskey = Op[ProofInput, PasskeyOptionsOutput]{
		ID: "start-passkey", Method: http.MethodPost, Path: "/me/passkeys/options",
		Summary: "Get the options with which a browser makes a passkey for the caller",
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
		Errors:  []chat.Code{chat.NotFound, chat.WrongPassword, chat.WrongPasskey, chat.TooMany, chat.Busy},
	}
)

type PasskeyOptionsOutput struct {
	Body struct {
		Options string `json:"options" doc:"for the browser, in JSON"`
	}
}

type PasskeySignInInput struct {
	Body struct {
		Answer string           `json:"answer" maxLength:"8000" doc:"of the passkey to sign-in-options, in JSON"`
		Device string           `json:"device,omitempty" maxLength:"100" doc:"the same as for sign-in"`
		Kind   chat.SessionKind `json:"kind,omitempty" enum:",desktop,browser" doc:"the same as for sign-in"`
		Cookie bool             `json:"cookie,omitempty" doc:"the same as for sign-in"`
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
