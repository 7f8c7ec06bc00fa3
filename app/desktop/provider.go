package desktop

import (
	"context"
	"crypto/rand"
	"net/url"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/session"
)

// SignInAtProvider signs in to a portal with the firm's own account, in the system's browser. It waits until the user is
// done there, or CancelSignIn. It returns malformed, unreachable, link_expired, not_allowed, too_many and busy.
func (a *App) SignInAtProvider(address string) error {
	return a.signInInBrowser(address, func(ctx context.Context, client *portalapi.Client, deviceSecret string) (*portalapi.SignInOutput, error) {
		visited, err := a.visitProvider(ctx, client, false)
		if err != nil {
			return nil, err
		}
		in := &portalapi.SignInAtProviderInput{}
		in.Body.Visited = visited
		in.Body.Device, in.Body.Kind, in.Body.DeviceSecret = deviceName(), chat.DesktopSession, deviceSecret
		return portalapi.Call(ctx, client, portalapi.SignInAtProvider, in)
	})
}

// ConfirmAtProvider shows the portal that the user is at this device, after a method returned confirm_first for the
// field provider. The user signs in with their browser, and the method then works for 5 minutes. It waits until the
// user is done, or CancelSignIn. It returns link_expired, not_allowed, too_many and busy.
func (a *App) ConfirmAtProvider() error {
	return a.do(func(ctx context.Context, s *session.Session) error {
		visiting, cancel := a.cancellable()
		defer cancel()
		visited, err := a.visitProvider(visiting, portalapi.NewClient(s.Portal(), ""), true)
		if err == nil {
			_, err = session.Call(ctx, s, portalapi.ConfirmAtProvider, &portalapi.ConfirmAtProviderInput{Body: visited})
		}
		return err
	})
}

// visitProvider takes the user's browser to the provider, and returns what it brings back. With fresh, the provider has
// to ask who the user is.
func (a *App) visitProvider(ctx context.Context, client *portalapi.Client, fresh bool) (portalapi.Visited, error) {
	visit, err := newVisit()
	if err != nil {
		return portalapi.Visited{}, err
	}
	defer visit.close()
	nonce := rand.Text()
	start := &portalapi.StartAtProviderInput{}
	start.Body.RedirectURI, start.Body.State, start.Body.Nonce, start.Body.CodeChallenge, start.Body.Fresh = visit.address, visit.state, nonce, visit.challenge(), fresh
	out, err := portalapi.Call(ctx, client, portalapi.StartAtProvider, start)
	if err != nil {
		return portalapi.Visited{}, err
	}
	back, err := visit.browse(ctx, a.window, out.Body.URL)
	if err == nil {
		err = providerError(back)
	}
	return portalapi.Visited{Code: back.Get("code"), Verifier: visit.verifier, RedirectURI: visit.address, Nonce: nonce}, err
}

// providerError returns why the provider sent no code (RFC 6749, 4.1.2.1).
func providerError(back url.Values) error {
	switch failed := back.Get("error"); {
	case failed == "access_denied":
		return chat.Errorf(chat.NotAllowed, "", "You canceled the sign-in in your browser, or your firm doesn't let you use Matterline.")
	case failed == "temporarily_unavailable" || failed == "server_error":
		return chat.Errorf(chat.NotAllowed, "", "Your firm's sign-in service has trouble right now. Try again in a moment.")
	case failed != "" || back.Get("code") == "":
		return chat.Errorf(chat.NotAllowed, "", "Your firm's sign-in service refused: %s. Tell your administrator.", shortLine(failed+" "+back.Get("error_description")))
	}
	return nil
}

// shortLine is the beginning of what the provider says.
func shortLine(text string) string {
	line := []rune(chat.Line(text))
	return string(line[:min(len(line), 200)])
}

// UnlinkProvider lets a user sign in with another of the firm's accounts, because theirs was made anew. It returns
// not_found and not_allowed.
func (a *App) UnlinkProvider(account string) error {
	return callChange(a, portalapi.UnlinkProvider, &portalapi.AccountInput{Account: account})
}
