package portalapi

import (
	"net/http"

	"matterline/app/chat"
)

// The operations of signing in with the firm's own accounts, at its identity provider (OpenID Connect).
var (
	Ways = Op[Nothing, WaysOutput]{
		ID: "ways", Method: http.MethodGet, Path: "/sessions/ways", Open: true,
		Summary: "Get how users sign in: with a password, with an account of the firm, or with a passkey",
	}
	StartAtProvider = Op[StartAtProviderInput, StartAtProviderOutput]{
		ID: "start-at-provider", Method: http.MethodPost, Path: "/sessions/provider/start", Open: true,
		Summary: "Get the address at which a user signs in with the system's browser",
		Errors:  []chat.Code{chat.NotAllowed, chat.Malformed, chat.TooMany, chat.Busy},
	}
	SignInAtProvider = Op[SignInAtProviderInput, SignInOutput]{
		ID: "sign-in-at-provider", Method: http.MethodPost, Path: "/sessions/provider", Open: true,
		Summary: "Sign in with what the browser returned to the app (users only)",
		Errors:  []chat.Code{chat.LinkExpired, chat.NotAllowed, chat.Malformed, chat.TooMany, chat.Busy},
	}
	UnlinkProvider = Op[AccountInput, Nothing]{
		ID: "unlink-provider", Method: http.MethodDelete, Path: "/accounts/{account}/provider",
		Summary: "Let a user sign in with another of the firm's accounts, because theirs was made anew: the next one with their email becomes theirs (admins only)",
		Errors:  []chat.Code{chat.NotFound, chat.NotAllowed, chat.ConfirmFirst},
	}
	ConfirmAtProvider = Op[ConfirmAtProviderInput, Nothing]{
		ID: "confirm-at-provider", Method: http.MethodPost, Path: "/sessions/current/confirmation/provider",
		Summary: "Show again who the caller, a user, is, after an operation was refused with confirm_first for the field provider. It counts for this session, for 5 minutes",
		Errors:  []chat.Code{chat.NotFound, chat.LinkExpired, chat.NotAllowed, chat.Malformed, chat.TooMany, chat.Busy},
	}
)

type WaysOutput struct {
	Body struct {
		Provider  bool `json:"provider" doc:"whether users can sign in at the firm's identity provider"`
		Passwords bool `json:"passwords" doc:"whether users can sign in with a password; participants always can"`
		// PasskeyPage is empty if they can't.
		PasskeyPage string `json:"passkey_page,omitempty" doc:"if users can sign in with a passkey, the page to open for that in the system's browser. After the # it takes, as a query: for (sign-in, confirm or add), secret (the same as for passkey-page-options), and the port and the state with which it returns to http://127.0.0.1:port/signed-in?state=…&answer=…&name=…, or with error=access_denied"`
	}
}

type StartAtProviderInput struct {
	Body struct {
		RedirectURI   string `json:"redirect_uri" maxLength:"200" doc:"a loopback address on which the app listens"`
		State         string `json:"state" minLength:"16" maxLength:"100" doc:"random; the browser returns it"`
		Nonce         string `json:"nonce" minLength:"16" maxLength:"100" doc:"random; the ID token has to have it"`
		Fresh         bool   `json:"fresh,omitempty" doc:"whether the provider has to ask who the user is, even if their browser is signed in there"`
		CodeChallenge string `json:"code_challenge" minLength:"43" maxLength:"43" doc:"the SHA-256 of the verifier in unpadded URL-safe base64"`
	}
}

type StartAtProviderOutput struct {
	Body struct {
		URL string `json:"url" doc:"what to open in the system's browser"`
	}
}

// Visited is what the browser returned to the app, with what the app kept.
type Visited struct {
	Code        string `json:"code" minLength:"1" maxLength:"8000" doc:"from the browser; it works once"`
	Verifier    string `json:"verifier" minLength:"43" maxLength:"128" doc:"what the code challenge is the hash of"`
	RedirectURI string `json:"redirect_uri" maxLength:"200" doc:"as at the start"`
	Nonce       string `json:"nonce" minLength:"16" maxLength:"100" doc:"as at the start"`
}

type ConfirmAtProviderInput struct{ Body Visited }

type SignInAtProviderInput struct {
	Body struct {
		Visited
		Device       string           `json:"device,omitempty" maxLength:"100" doc:"the same as for sign-in"`
		Kind         chat.SessionKind `json:"kind,omitempty" enum:",desktop,browser" doc:"the same as for sign-in"`
		DeviceSecret string           `json:"device_secret,omitempty" maxLength:"100" doc:"the same as for sign-in"`
	}
}
