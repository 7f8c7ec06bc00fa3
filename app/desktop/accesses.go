package desktop

import (
	"context"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/session"
)

// What admins do for other accounts, of users and of participants.

// ResetLink is a link with which someone chooses a new password.
type ResetLink struct {
	Link      string `json:"link"`
	ExpiresAt int64  `json:"expires_at"`
}

// Confirm shows the portal that the user is at this device, after a method returned confirm_first for the field password.
// The method then works for 5 minutes. A user of two-step verification needs a code. It returns wrong_password,
// code_required, wrong_code, too_many and busy.
func (a *App) Confirm(password, code string) error {
	_, err := withCode(a, portalapi.Confirm, twoStepInput(password, code))
	return err
}

// ResetPassword makes a link with which an account's owner chooses a new password. An earlier one stops working. It
// returns not_found, not_allowed and confirm_first.
func (a *App) ResetPassword(account string) (ResetLink, error) {
	return with(a, func(ctx context.Context, s *session.Session) (ResetLink, error) {
		out, err := session.Call(ctx, s, portalapi.Reset, &portalapi.AccountInput{Account: account})
		if err != nil {
			return ResetLink{}, err
		}
		return ResetLink{Link: link(s, out.Body.URL, out.Body.Path), ExpiresAt: out.Body.ExpiresAt}, nil
	})
}

// SetEmail changes the email with which a colleague signs in. It returns required, malformed, not_found, not_allowed,
// taken and confirm_first.
func (a *App) SetEmail(account, email string) error {
	in := &portalapi.AccountEmailInput{Account: account}
	in.Body.Email = email
	return callChange(a, portalapi.SetEmail, in)
}

// DevicesOf returns the devices on which an account is signed in. It returns not_found and not_allowed.
func (a *App) DevicesOf(account string) ([]chat.Session, error) {
	return devices(call(a, portalapi.AccountSessions, &portalapi.AccountInput{Account: account}))
}

// SignOutDeviceOf signs out one of an account's devices. With erase, a user's device also deletes its copy at its next
// contact with the portal. It returns not_found and not_allowed.
func (a *App) SignOutDeviceOf(account, device string, erase bool) error {
	return callChange(a, portalapi.EndSession, &portalapi.EndSessionInput{Account: account, Session: device, Erase: erase})
}
