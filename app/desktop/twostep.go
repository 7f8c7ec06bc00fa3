package desktop

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/session"
)

// Two-step verification: a code from an authenticator app on the user's phone, besides the password.

// TwoStepKey is what the authenticator app needs: a QR code, or the secret to type.
type TwoStepKey struct {
	Secret string `json:"secret"`
	// QR is the path of the dark squares in an SVG that is Size units wide and high.
	QR   string `json:"qr"`
	Size int    `json:"size"`
}

// SetUpTwoStep makes the key for a user who can't sign in without two-step verification, and has none yet. SignInWithCode
// then turns it on. It returns the errors of SignIn.
func (a *App) SetUpTwoStep(address, email, password string) (TwoStepKey, error) {
	address, err := portalapi.ParseAddress(address)
	if err != nil {
		return TwoStepKey{}, err
	}
	ctx, cancel := a.cancellable()
	defer cancel()
	in := &portalapi.SetUpTwoStepInput{}
	in.Body.Email, in.Body.Password = email, password
	in.Body.DeviceSecret = a.deviceSecret(address)
	return twoStepKey(portalapi.Call(ctx, portalapi.NewClient(address, ""), portalapi.SetUpTwoStep, in))
}

// StartTwoStep makes the key for the user's authenticator app. A user who has one already needs a code. It returns
// wrong_password, code_required, wrong_code, too_many and busy.
func (a *App) StartTwoStep(password, code string) (TwoStepKey, error) {
	return twoStepKey(withCode(a, portalapi.StartTwoStep, twoStepInput(password, code)))
}

// ConfirmTwoStep turns on two-step verification with a code from the app that has the key. It returns the recovery codes,
// or wrong_code and too_many.
func (a *App) ConfirmTwoStep(code string) ([]string, error) {
	in := &portalapi.ConfirmTwoStepInput{}
	in.Body.Code = code
	out, err := withCode(a, portalapi.ConfirmTwoStep, in)
	if err != nil {
		return nil, err
	}
	return list(out.Body.RecoveryCodes), nil
}

// NewRecoveryCodes replaces the recovery codes. It returns the new ones, or wrong_password, code_required, wrong_code,
// too_many and busy.
func (a *App) NewRecoveryCodes(password, code string) ([]string, error) {
	out, err := withCode(a, portalapi.NewRecoveryCodes, twoStepInput(password, code))
	if err != nil {
		return nil, err
	}
	return list(out.Body.RecoveryCodes), nil
}

// SavedRecoveryCodes tells the portal that the user has saved the recovery codes.
func (a *App) SavedRecoveryCodes() error {
	return changeSelf(a, portalapi.SavedRecoveryCodes, &portalapi.Nothing{})
}

// EndTwoStep turns off two-step verification. It returns wrong_password, code_required, wrong_code, too_many, busy, and
// not_allowed if the firm requires it.
func (a *App) EndTwoStep(password, code string) error {
	_, err := withCode(a, portalapi.EndTwoStep, twoStepInput(password, code))
	return err
}

// RemoveTwoStep turns off the two-step verification of a user who has lost their phone. It returns not_found,
// not_allowed and confirm_first.
func (a *App) RemoveTwoStep(account string) error {
	return callChange(a, portalapi.RemoveTwoStep, &portalapi.AccountInput{Account: account})
}

func twoStepInput(password, code string) *portalapi.TwoStepInput {
	in := &portalapi.TwoStepInput{}
	in.Body.Password, in.Body.Code = password, code
	return in
}

// withCode calls an operation that takes a code, for the session in the window, and reads the user again.
func withCode[I, O any](a *App, op portalapi.Op[I, O], in *I) (*O, error) {
	return with(a, func(ctx context.Context, s *session.Session) (*O, error) {
		out, err := session.Call(ctx, s, op, in)
		s.WaitSelf(ctx) // recovery codes may have been used up
		return out, explainCode(err, s.ClockAhead())
	})
}

// twoStepKey draws a key.
func twoStepKey(out *portalapi.TwoStepKeyOutput, err error) (TwoStepKey, error) {
	if err != nil {
		return TwoStepKey{}, err
	}
	key := TwoStepKey{Secret: out.Body.Secret}
	key.QR, key.Size, err = drawQR(out.Body.URI)
	return key, err
}

// drawQR draws a QR code as the path of an SVG.
func drawQR(text string) (path string, size int, err error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", 0, fmt.Errorf("draw QR code: %w", err)
	}
	var b strings.Builder
	size = code.Bounds().Dx()
	for y := range size {
		for x := range size {
			if dark, _, _, _ := code.At(x, y).RGBA(); dark == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return b.String(), size, nil
}

// codeTolerance is how far the computer's clock may be off before a refused code is put down to the clocks.
const codeTolerance = 45 * time.Second

// explainCode says why a right code may be refused: it depends on the time.
func explainCode(err error, ahead time.Duration) error {
	if chat.CodeOf(err) != chat.WrongCode || ahead.Abs() < codeTolerance {
		return err
	}
	direction := "ahead of"
	if ahead < 0 {
		ahead, direction = -ahead, "behind"
	}
	by := fmt.Sprintf("%d seconds", int(ahead.Round(time.Second).Seconds()))
	if ahead >= 2*time.Minute {
		by = fmt.Sprintf("%d minutes", int(ahead.Round(time.Minute).Minutes()))
	}
	return chat.Errorf(chat.WrongCode, "code",
		"The portal refused this code. Codes depend on the time, and this computer's clock is %s %s the portal's. If this computer's clock is right, the portal's is wrong: tell your administrator.", by, direction)
}
