package portalapi

import (
	"net/http"

	"matterline/app/chat"
)

// The operations of two-step verification, which is for users. Participants get not_found.
var (
	SetUpTwoStep = Op[SetUpTwoStepInput, TwoStepKeyOutput]{
		ID: "set-up-two-step", Method: http.MethodPost, Path: "/sessions/two-step", Open: true,
		Summary: "Make the key for a user's authenticator app, after a sign-in was refused with set_up_first. Signing in with a code from the app then turns on two-step verification",
		Errors:  []chat.Code{chat.WrongPassword, chat.NotAllowed, chat.TooMany, chat.Busy},
	}
	StartTwoStep = Op[TwoStepInput, TwoStepKeyOutput]{
		ID: "start-two-step", Method: http.MethodPost, Path: "/me/two-step",
		Summary: "Make the key for the caller's authenticator app, or for another app. Nothing changes until it is confirmed",
		Errors:  []chat.Code{chat.NotFound, chat.WrongPassword, chat.CodeRequired, chat.WrongCode, chat.TooMany, chat.Busy},
	}
	ConfirmTwoStep = Op[ConfirmTwoStepInput, RecoveryCodesOutput]{
		ID: "confirm-two-step", Method: http.MethodPut, Path: "/me/two-step",
		Summary: "Turn on two-step verification with a code from the app. Earlier apps and recovery codes stop working",
		Errors:  []chat.Code{chat.NotFound, chat.WrongCode, chat.TooMany},
	}
	NewRecoveryCodes = Op[TwoStepInput, RecoveryCodesOutput]{
		ID: "new-recovery-codes", Method: http.MethodPost, Path: "/me/recovery-codes",
		Summary: "Make new recovery codes for the caller. The earlier ones stop working",
		Errors:  []chat.Code{chat.NotFound, chat.WrongPassword, chat.CodeRequired, chat.WrongCode, chat.NotAllowed, chat.TooMany, chat.Busy},
	}
	SavedRecoveryCodes = Op[Nothing, Nothing]{
		ID: "saved-recovery-codes", Method: http.MethodPut, Path: "/me/recovery-codes",
		Summary: "Note that the caller has saved their recovery codes. Until then, apps ask: the answer with the codes may have been lost",
		Errors:  []chat.Code{chat.NotFound},
	}
	EndTwoStep = Op[TwoStepInput, Nothing]{
		ID: "end-two-step", Method: http.MethodPost, Path: "/me/two-step/end",
		Summary: "Turn off the caller's two-step verification",
		Errors:  []chat.Code{chat.NotFound, chat.WrongPassword, chat.CodeRequired, chat.WrongCode, chat.NotAllowed, chat.TooMany, chat.Busy},
	}
	RemoveTwoStep = Op[AccountInput, Nothing]{
		ID: "remove-two-step", Method: http.MethodDelete, Path: "/accounts/{account}/two-step",
		Summary: "Turn off the two-step verification of a user who has lost their phone (admins only)",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed, chat.ConfirmFirst},
	}
)

type SetUpTwoStepInput struct {
	Body struct {
		Email        string `json:"email" maxLength:"254"`
		Password     string `json:"password" maxLength:"1000"`
		DeviceSecret string `json:"device_secret,omitempty" maxLength:"100" doc:"the same as for sign-in"`
	}
}

type TwoStepInput struct {
	Body struct {
		Password string `json:"password" maxLength:"1000"`
		Code     string `json:"code,omitempty" maxLength:"100" doc:"a code from the authenticator app, or a recovery code, if two-step verification is on"`
	}
}

type ConfirmTwoStepInput struct {
	Body struct {
		Code string `json:"code" maxLength:"100" doc:"a code from the authenticator app that has the new key"`
	}
}

type TwoStepKeyOutput struct {
	Body struct {
		Secret string `json:"secret" doc:"the key in base32, to type into an authenticator app"`
		URI    string `json:"uri" doc:"the key as an otpauth URI, for a QR code"`
	}
}

type RecoveryCodesOutput struct {
	Body struct {
		RecoveryCodes []string `json:"recovery_codes" nullable:"false" doc:"each works once instead of a code from the app; they are never shown again"`
	}
}
