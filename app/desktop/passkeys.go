package desktop

import (
	"cmp"
	"context"
	"net/url"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/session"
)

// The window can't ask for passkeys, so the system's browser does, on a page of the portal's. The page passes on what the
// passkey answers, and the app takes it to the portal.

var (
	errNoPasskeyPage     = chat.Errorf(chat.NotAllowed, "", "This portal has no passkeys for staff.")
	errPasskeyCancelled  = chat.Errorf(chat.NotAllowed, "", "You canceled in your browser.")
	errPasskeyUnanswered = chat.Errorf(chat.NotAllowed, "", "Your browser returned without a passkey. Start again.")
)

// SignInByPasskey signs in to a portal with a passkey, in the system's browser. It waits until the user is done there, or
// CancelSignIn. It returns malformed, unreachable, link_expired, wrong_passkey, not_allowed and too_many.
func (a *App) SignInByPasskey(address string) error {
	return a.signInInBrowser(address, func(ctx context.Context, client *portalapi.Client, deviceSecret string) (*portalapi.SignInOutput, error) {
		back, err := a.visitPasskeyPage(ctx, client, chat.PasskeyToSignIn, "")
		if err != nil {
			return nil, err
		}
		in := &portalapi.PasskeySignInInput{}
		in.Body.Answer, in.Body.Verifier = back.answer, back.verifier
		in.Body.Device, in.Body.Kind, in.Body.DeviceSecret = deviceName(), chat.DesktopSession, deviceSecret
		return portalapi.Call(ctx, client, portalapi.SignInByPasskey, in)
	})
}

// ConfirmByPasskey shows the portal that the user is at this device, after a method returned confirm_first. The method then
// works for 5 minutes. It waits until the user is done in their browser, or CancelSignIn. It returns link_expired,
// wrong_passkey, not_allowed and too_many.
func (a *App) ConfirmByPasskey() error {
	return a.do(func(ctx context.Context, s *session.Session) error {
		visiting, cancel := a.cancellable()
		defer cancel()
		back, err := a.visitPasskeyPage(visiting, portalapi.NewClient(s.Portal(), ""), chat.PasskeyToConfirm, "")
		if err == nil {
			in := &portalapi.ConfirmByPasskeyInput{}
			in.Body.Answer, in.Body.Verifier = back.answer, back.verifier
			_, err = session.Call(ctx, s, portalapi.ConfirmByPasskey, in)
		}
		return err
	})
}

// Passkeys returns the user's passkeys, oldest first.
func (a *App) Passkeys() ([]chat.Passkey, error) {
	out, err := call(a, portalapi.Passkeys, &portalapi.Nothing{})
	if err != nil {
		return nil, err
	}
	return list(out.Body.Passkeys), nil
}

// AddPasskey lets the user make a passkey in their browser, which names it. It waits until the user is done there, or
// CancelSignIn. It returns confirm_first, link_expired, wrong_passkey, not_allowed, taken and too_many.
func (a *App) AddPasskey() error {
	return a.do(func(ctx context.Context, s *session.Session) error {
		visiting, cancel := a.cancellable()
		defer cancel()
		link, err := session.Call(ctx, s, portalapi.PasskeyLink, &portalapi.Nothing{})
		if err != nil {
			return err
		}
		back, err := a.visitPasskeyPage(visiting, portalapi.NewClient(s.Portal(), ""), chat.PasskeyToAdd, link.Body.Link)
		if err != nil {
			return err
		}
		in := &portalapi.AddPasskeyInput{}
		in.Body.Name, in.Body.Answer = cmp.Or(back.name, "Passkey"), back.answer
		if _, err = session.Call(ctx, s, portalapi.AddPasskey, in); err == nil {
			s.WaitSelf(ctx)
		}
		return err
	})
}

// RenamePasskey renames one of the user's passkeys. It returns not_found, required, too_long and text_invalid.
func (a *App) RenamePasskey(passkey, name string) error {
	in := &portalapi.RenamePasskeyInput{Passkey: passkey}
	in.Body.Name = name
	return callChange(a, portalapi.RenamePasskey, in)
}

// RemovePasskey removes one of the user's passkeys. It returns not_found.
func (a *App) RemovePasskey(passkey string) error {
	return changeSelf(a, portalapi.RemovePasskey, &portalapi.PasskeyInput{Passkey: passkey})
}

// passkeyReturn is what the portal's page brought back.
type passkeyReturn struct {
	answer, name string
	// verifier is what the page's code challenge was the hash of.
	verifier string
}

// visitPasskeyPage takes the user's browser to the portal's page, and returns what it brings back. link is the secret with
// which the page makes a passkey, or empty.
func (a *App) visitPasskeyPage(ctx context.Context, client *portalapi.Client, use chat.PasskeyUse, link string) (passkeyReturn, error) {
	ways, err := portalapi.Call(ctx, client, portalapi.Ways, &portalapi.Nothing{})
	if err != nil {
		return passkeyReturn{}, err
	}
	if ways.Body.PasskeyPage == "" {
		return passkeyReturn{}, errNoPasskeyPage
	}
	visit, err := newVisit()
	if err != nil {
		return passkeyReturn{}, err
	}
	defer visit.close()
	what := url.Values{"for": {string(use)}, "secret": {cmp.Or(link, visit.challenge())}, "port": {visit.port()}, "state": {visit.state}}
	back, err := visit.browse(ctx, a.window, ways.Body.PasskeyPage+"#"+what.Encode())
	switch {
	case err != nil:
		return passkeyReturn{}, err
	case back.Get("error") != "":
		return passkeyReturn{}, errPasskeyCancelled
	case back.Get("answer") == "":
		return passkeyReturn{}, errPasskeyUnanswered
	}
	return passkeyReturn{answer: back.Get("answer"), name: chat.DeviceName(back.Get("name")), verifier: visit.verifier}, nil
}
