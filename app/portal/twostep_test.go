package portal_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// tom adds a user with a password and returns a client for him.
func (s *served) tom(t *testing.T) (account string, client *portalapi.Client) {
	t.Helper()
	account, err := s.store.AddAccount(t.Context(), records.Account{Email: "tom@firm.example", Name: "Tom", Password: "right", User: true})
	check(t, err)
	token, err := s.store.StartSession(t.Context(), account, chat.Origin{})
	check(t, err)
	return account, s.client(token)
}

// shows returns what Tom's authenticator app shows, some time from now.
func shows(t *testing.T, secret string, from time.Duration) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(from))
	check(t, err)
	return code
}

// signInTom signs Tom in.
func (s *served) signInTom(t *testing.T, password, code string) (*portalapi.SignInOutput, error) {
	in := &portalapi.SignInInput{}
	in.Body.Email, in.Body.Password, in.Body.Code, in.Body.Kind = "tom@firm.example", password, code, chat.DesktopSession
	return portalapi.Call(t.Context(), s.client(""), portalapi.SignIn, in)
}

func startTwoStep(t *testing.T, c *portalapi.Client, password, code string) (secret string, err error) {
	in := &portalapi.TwoStepInput{}
	in.Body.Password, in.Body.Code = password, code
	out, err := portalapi.Call(t.Context(), c, portalapi.StartTwoStep, in)
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(out.Body.URI, "otpauth://totp/") || !strings.Contains(out.Body.URI, out.Body.Secret) {
		t.Fatalf("%+v", out.Body)
	}
	return out.Body.Secret, nil
}

func confirmTwoStep(t *testing.T, c *portalapi.Client, code string) (recovery []string, err error) {
	in := &portalapi.ConfirmTwoStepInput{}
	in.Body.Code = code
	out, err := portalapi.Call(t.Context(), c, portalapi.ConfirmTwoStep, in)
	if err != nil {
		return nil, err
	}
	return out.Body.RecoveryCodes, nil
}

func endTwoStep(t *testing.T, c *portalapi.Client, password, code string) error {
	in := &portalapi.TwoStepInput{}
	in.Body.Password, in.Body.Code = password, code
	_, err := portalapi.Call(t.Context(), c, portalapi.EndTwoStep, in)
	return err
}

func TestTwoStep(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			s := serveOn(t, engine.open(t))
			account, tom := s.tom(t)
			secret, err := startTwoStep(t, tom, "right", "")
			check(t, err)
			recovery, err := confirmTwoStep(t, tom, shows(t, secret, 0))
			check(t, err)
			me, err := portalapi.Call(t.Context(), tom, portalapi.Me, &portalapi.Nothing{})
			check(t, err)
			if !me.Body.TwoStep || me.Body.RecoveryCodes != 10 || len(recovery) != 10 {
				t.Fatalf("%+v, %v", me.Body, recovery)
			}
			if _, err := s.signInTom(t, "right", ""); chat.CodeOf(err) != chat.CodeRequired {
				t.Fatal(err)
			}
			if _, err := s.signInTom(t, "wrong", ""); chat.CodeOf(err) != chat.WrongPassword {
				t.Fatal("only who knows the password learns of the code:", err)
			}
			in, err := s.signInTom(t, "right", recovery[0])
			check(t, err)
			if in.Body.Me.RecoveryCodes != 9 || len(in.Body.RecoveryCodes) != 0 {
				t.Fatalf("%+v", in.Body)
			}
			// A browser isn't for users, whatever they know, and gets no cookie.
			body := `{"email":"tom@firm.example","password":"right","code":"` + recovery[1] + `","kind":"browser","cookie":true}`
			if res, _ := s.browse(t, "/sessions", body); res.StatusCode != http.StatusForbidden || len(res.Cookies()) != 0 {
				t.Fatal(res.Status)
			}
			check(t, endTwoStep(t, tom, "right", recovery[1])) // that code wasn't used up
			_, err = s.signInTom(t, "right", "")
			check(t, err)

			_, err = startTwoStep(t, tom, "right", "")
			check(t, err)
			_, err = portalapi.Call(t.Context(), s.admin(t), portalapi.RemoveTwoStep, &portalapi.AccountInput{Account: account})
			check(t, err)
			if _, err := confirmTwoStep(t, tom, "123456"); chat.CodeOf(err) != chat.WrongCode {
				t.Fatal(err)
			}
		})
	}
}

// Where the firm requires two-step verification, the first sign-in sets it up.
func TestSetUpTwoStepAtSignIn(t *testing.T) {
	s := serve(t)
	_, tom := s.tom(t)
	settings := chat.DefaultFirmSettings
	settings.TwoStep = true
	_, err := portalapi.Call(t.Context(), s.admin(t), portalapi.SetFirmSettings, &portalapi.FirmSettingsInput{Body: settings})
	check(t, err)
	_, err = portalapi.Call(t.Context(), tom, portalapi.Me, &portalapi.Nothing{})
	check(t, err) // he stays signed in
	if _, err := s.signInTom(t, "right", ""); chat.CodeOf(err) != chat.SetUpFirst {
		t.Fatal(err)
	}
	setUp := func(password string) (*portalapi.TwoStepKeyOutput, error) {
		in := &portalapi.SetUpTwoStepInput{}
		in.Body.Email, in.Body.Password = "tom@firm.example", password
		return portalapi.Call(t.Context(), s.client(""), portalapi.SetUpTwoStep, in)
	}
	if _, err := setUp("wrong"); chat.CodeOf(err) != chat.WrongPassword {
		t.Fatal(err)
	}
	key, err := setUp("right")
	check(t, err)
	in, err := s.signInTom(t, "right", shows(t, key.Body.Secret, 0))
	check(t, err)
	if in.Body.Token == "" || len(in.Body.RecoveryCodes) != 10 || !in.Body.Me.TwoStep {
		t.Fatalf("%+v", in.Body)
	}
	if _, err := setUp("right"); chat.CodeOf(err) != chat.NotAllowed {
		t.Fatal(err)
	}
	if err := endTwoStep(t, tom, "right", in.Body.RecoveryCodes[0]); chat.CodeOf(err) != chat.NotAllowed {
		t.Fatal(err)
	}
}

// Wrong codes make codes from the app wait, on the user's own computer as elsewhere, and nothing else. A right password
// without a code neither counts nor forgives them. A recovery code, a reset link and an admin end the wait.
func TestWrongCodesOnOnesOwnComputer(t *testing.T) {
	t.Cleanup(portal.RememberGuesses())
	s := serve(t)
	account, tom := s.tom(t)
	turnOn := func(tom *portalapi.Client, password string) (recovery []string) {
		secret, err := startTwoStep(t, tom, password, "")
		check(t, err)
		recovery, err = confirmTwoStep(t, tom, shows(t, secret, 0))
		check(t, err)
		return recovery
	}
	admin := s.admin(t)
	recovery := turnOn(tom, "right")
	var device string
	signIn := func(password, code string) error {
		in := &portalapi.SignInInput{}
		in.Body.Email, in.Body.Password, in.Body.Code, in.Body.Kind, in.Body.DeviceSecret = "tom@firm.example", password, code, chat.DesktopSession, device
		out, err := portalapi.Call(t.Context(), s.client(""), portalapi.SignIn, in)
		if err == nil {
			device, tom = out.Body.DeviceSecret, s.client(out.Body.Token)
		}
		return err
	}
	check(t, signIn("right", recovery[0]))
	// guess tries codes until those from the app have to wait.
	guess := func(password string) {
		t.Helper()
		for i := range 10 {
			if err := signIn(password, "guess"); chat.CodeOf(err) != chat.WrongCode {
				t.Fatalf("guess %d: %v", i, err)
			}
		}
		if err := signIn(password, ""); chat.CodeOf(err) != chat.CodeRequired {
			t.Fatal(err)
		}
		if err := signIn(password, "guess"); chat.CodeOf(err) != chat.TooMany || !strings.Contains(err.Error(), "wait 5 minutes") {
			t.Fatal(err)
		}
	}
	guess("right")
	check(t, signIn("right", recovery[1]))

	guess("right")
	use := &portalapi.UseResetInput{}
	use.Body.Reset, use.Body.Password = resetLink(t, admin, account), "correct horse battery"
	_, err := portalapi.Call(t.Context(), s.client(""), portalapi.UseReset, use)
	check(t, err)
	guess("correct horse battery") // the count began anew, too
	_, err = portalapi.Call(t.Context(), admin, portalapi.RemoveTwoStep, &portalapi.AccountInput{Account: account})
	check(t, err)
	check(t, signIn("correct horse battery", ""))

	// The same for someone who has a session and the password.
	recovery = turnOn(tom, "correct horse battery")
	for i := range 12 {
		want := []chat.Code{chat.WrongCode, chat.TooMany}[i/10]
		if err := endTwoStep(t, tom, "correct horse battery", "guess"); chat.CodeOf(err) != want {
			t.Fatalf("guess %d: %v", i, err)
		}
	}
	check(t, endTwoStep(t, tom, "correct horse battery", recovery[0]))
}

// The store doesn't count the codes of an app that is being set up, so the device has to wait.
func TestCodesOfANewAppAreLimited(t *testing.T) {
	t.Cleanup(portal.RememberGuesses())
	s := serve(t)
	_, tom := s.tom(t)
	secret, err := startTwoStep(t, tom, "right", "")
	check(t, err)
	for range 10 {
		if _, err := confirmTwoStep(t, tom, "guess"); chat.CodeOf(err) != chat.WrongCode {
			t.Fatal(err)
		}
	}
	if _, err := confirmTwoStep(t, tom, shows(t, secret, 0)); chat.CodeOf(err) != chat.TooMany {
		t.Fatal(err)
	}
}

// Someone who has forgotten their password tries many, on their own computer, before they ask for a reset link. The new
// password works at once.
func TestNewPasswordDoesntWaitForOldGuesses(t *testing.T) {
	t.Cleanup(portal.RememberGuesses())
	s := serve(t)
	account, _ := s.tom(t)
	in, err := s.signInTom(t, "right", "")
	check(t, err)
	signIn := func(password string) error {
		again := &portalapi.SignInInput{}
		again.Body.Email, again.Body.Password, again.Body.DeviceSecret = "tom@firm.example", password, in.Body.DeviceSecret
		_, err := portalapi.Call(t.Context(), s.client(""), portalapi.SignIn, again)
		return err
	}
	for range 10 {
		if err := signIn("forgotten"); chat.CodeOf(err) != chat.WrongPassword {
			t.Fatal(err)
		}
	}
	if err := signIn("right"); chat.CodeOf(err) != chat.TooMany {
		t.Fatal(err)
	}
	check(t, s.store.ResetPassword(t.Context(), records.Program, account, "correct horse battery"))
	check(t, signIn("correct horse battery"))
}

// After many wrong codes, a right one has to wait, on all networks and devices, and a recovery code doesn't. The next
// sign-in tells how many there were. Waiting costs no attempts.
func TestWrongCodesLockTheApp(t *testing.T) {
	s := serve(t)
	account, tom := s.tom(t)
	secret, err := startTwoStep(t, tom, "right", "")
	check(t, err)
	recovery, err := confirmTwoStep(t, tom, shows(t, secret, 0))
	check(t, err)
	began := time.Now()
	for range 10 {
		if _, err := s.store.SignIn(t.Context(), "tom@firm.example", "right", "wrong", chat.Origin{}); chat.CodeOf(err) != chat.WrongCode {
			t.Fatal(err)
		}
	}
	for range 12 {
		_, err := s.signInTom(t, "right", shows(t, secret, 30*time.Second))
		least := 5*time.Minute - time.Since(began)
		if e, ok := errors.AsType[*chat.Error](err); !ok || e.Code != chat.TooMany || e.RetryAfter < least || e.Field != "code" {
			t.Fatal(err)
		}
	}
	_, err = portalapi.Call(t.Context(), tom, portalapi.Me, &portalapi.Nothing{})
	check(t, err) // his session goes on
	in, err := s.signInTom(t, "right", recovery[0])
	check(t, err)
	if in.Body.WrongCodes != 10 {
		t.Errorf("told of %d wrong codes", in.Body.WrongCodes)
	}
	in, err = s.signInTom(t, "right", shows(t, secret, 30*time.Second))
	check(t, err)
	if in.Body.WrongCodes != 0 || in.Body.Me.Account != account {
		t.Errorf("%+v", in.Body)
	}
}

// Recovery codes that never arrived are replaced, with the password and a code.
func TestNewRecoveryCodes(t *testing.T) {
	s := serve(t)
	_, tom := s.tom(t)
	renew := func(password, code string) ([]string, error) {
		in := &portalapi.TwoStepInput{}
		in.Body.Password, in.Body.Code = password, code
		out, err := portalapi.Call(t.Context(), tom, portalapi.NewRecoveryCodes, in)
		if err != nil {
			return nil, err
		}
		return out.Body.RecoveryCodes, nil
	}
	unsaved := func() bool {
		me, err := portalapi.Call(t.Context(), tom, portalapi.Me, &portalapi.Nothing{})
		check(t, err)
		return me.Body.Unsaved
	}
	if _, err := renew("right", "123456"); chat.CodeOf(err) != chat.NotAllowed || unsaved() {
		t.Fatal("without two-step verification:", err)
	}
	secret, err := startTwoStep(t, tom, "right", "")
	check(t, err)
	lost, err := confirmTwoStep(t, tom, shows(t, secret, 0))
	check(t, err)
	if !unsaved() {
		t.Fatal("nobody has said that the codes are saved")
	}
	for _, tt := range []struct {
		password, code string
		want           chat.Code
	}{{"wrong", lost[0], chat.WrongPassword}, {"right", "", chat.CodeRequired}, {"right", "000000", chat.WrongCode}} {
		if _, err := renew(tt.password, tt.code); chat.CodeOf(err) != tt.want {
			t.Errorf("%s, %q: %v", tt.password, tt.code, err)
		}
	}
	codes, err := renew("right", shows(t, secret, 30*time.Second))
	check(t, err)
	_, err = portalapi.Call(t.Context(), tom, portalapi.SavedRecoveryCodes, &portalapi.Nothing{})
	check(t, err)
	if len(codes) != 10 || unsaved() {
		t.Fatal(codes)
	}
	if _, err := s.signInTom(t, "right", lost[0]); chat.CodeOf(err) != chat.WrongCode {
		t.Error("an old code:", err)
	}
	_, err = s.signInTom(t, "right", codes[0])
	check(t, err)
}
