package desktop

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"matterline/app/chat"
	"matterline/app/records"
)

// shows returns what an authenticator app with a secret shows, some time from now.
func shows(t *testing.T, secret string, from time.Duration) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(from))
	check(t, err)
	return code
}

func TestTwoStep(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.refusesKey(chat.WrongPassword, "password")(o.StartTwoStep("wrong", ""))
	key, err := o.StartTwoStep("right", "")
	check(t, err)
	if len(key.Secret) != 32 || key.Size < 21 || !strings.HasPrefix(key.QR, "M0 0h1v1h-1z") {
		t.Fatalf("%+v", key)
	}
	_, err = o.ConfirmTwoStep("123 456")
	o.refuses(chat.WrongCode, "code", err)
	recovery, err := o.ConfirmTwoStep(shows(t, key.Secret, 0))
	check(t, err)
	if len(recovery) != 10 {
		t.Fatal(recovery)
	}
	if s := o.Session(); !s.TwoStep || s.RecoveryCodes != 10 || !s.Unsaved {
		t.Fatalf("%+v", s)
	}
	check(t, o.SavedRecoveryCodes())
	if o.Session().Unsaved {
		t.Fatal("they are saved")
	}
	o.untilState("current") // the session goes on

	check(t, o.SignOut())
	o.refuses(chat.CodeRequired, "code", o.SignIn(o.server.URL, "maya@firm.example", "right"))
	_, err = o.SignInWithCode(o.server.URL, "maya@firm.example", "right", "wrong")
	o.refuses(chat.WrongCode, "code", err)
	if s := o.Session(); s.State != "out" {
		t.Fatalf("%+v", s)
	}
	in, err := o.SignInWithCode(o.server.URL, "maya@firm.example", "right", recovery[0])
	check(t, err)
	if in.RecoveryCodes == nil || len(in.RecoveryCodes) != 0 || in.WrongCodes != 1 {
		t.Fatal(in)
	}
	o.untilSession("recovery code used", func(s Session) bool { return s.TwoStep && s.RecoveryCodes == 9 })

	o.refusesKey(chat.CodeRequired, "code")(o.StartTwoStep("right", ""))
	o.refuses(chat.WrongCode, "code", o.EndTwoStep("right", recovery[0]))
	_, err = o.NewRecoveryCodes("wrong", recovery[1])
	o.refuses(chat.WrongPassword, "password", err)
	renewed, err := o.NewRecoveryCodes("right", recovery[1])
	check(t, err)
	if s := o.Session(); len(renewed) != 10 || s.RecoveryCodes != 10 || !s.Unsaved {
		t.Fatalf("%v, %+v", renewed, s)
	}
	o.refuses(chat.WrongCode, "code", o.EndTwoStep("right", recovery[2]))
	check(t, o.EndTwoStep("right", renewed[0]))
	if s := o.Session(); s.TwoStep || s.RecoveryCodes != 0 {
		t.Fatalf("%+v", s)
	}
}

func (o *office) refusesKey(code chat.Code, field string) func(TwoStepKey, error) {
	return func(_ TwoStepKey, err error) { o.t.Helper(); o.refuses(code, field, err) }
}

// A user whose firm requires it sets it up at the sign-in. A session in the window goes on with what is typed.
func TestSetUpTwoStepAtSignIn(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	check(t, o.SaveDraft(o.toAna, "half a thought", false))
	settings := chat.DefaultFirmSettings
	settings.TwoStep = true
	check(t, o.store.SetSettings(t.Context(), records.Program, settings))
	o.refuses(chat.SetUpFirst, "", o.SignIn(o.server.URL, "maya@firm.example", "right"))
	o.refusesKey(chat.WrongPassword, "password")(o.SetUpTwoStep(o.server.URL, "maya@firm.example", "wrong"))
	o.refusesKey(chat.Malformed, "address")(o.SetUpTwoStep("no address", "maya@firm.example", "right"))
	key, err := o.SetUpTwoStep(o.server.URL, "maya@firm.example", "right")
	check(t, err)
	opened := o.Session().Opened
	in, err := o.SignInWithCode(o.server.URL, "maya@firm.example", "right", shows(t, key.Secret, 0))
	check(t, err)
	recovery := in.RecoveryCodes
	if len(recovery) != 10 || o.Session().Opened != opened {
		t.Fatal(recovery, o.Session())
	}
	if s := o.Session(); !s.TwoStep || s.RecoveryCodes != 10 {
		t.Errorf("%+v", s)
	}
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	if c.Draft.Text != "half a thought" {
		t.Fatalf("%+v", c.Draft)
	}
	o.refuses(chat.NotAllowed, "", o.EndTwoStep("right", recovery[0]))
}

func TestRemoveTwoStep(t *testing.T) {
	o := newOffice(t)
	o.asAdmin()
	tom, err := o.store.AddAccount(t.Context(), records.Account{Email: "tom@firm.example", Name: "Tom", Password: "right", User: true})
	check(t, err)
	c := chat.Caller{Account: tom, User: true}
	key, err := o.store.StartTwoStep(t.Context(), c, "right", "")
	check(t, err)
	_, err = o.store.ConfirmTwoStep(t.Context(), c, shows(t, key.Secret, 0))
	check(t, err)
	uses := func() (on bool) {
		users, err := o.Users()
		check(t, err)
		for _, user := range users {
			on = on || user.ID == tom && user.TwoStep
		}
		return on
	}
	if !uses() {
		t.Fatal("not listed")
	}
	_, err = o.store.NewEpoch(t.Context(), false) // which ends confirmations
	check(t, err)
	o.refuses(chat.ConfirmFirst, "password", o.RemoveTwoStep(tom))
	o.refuses(chat.WrongPassword, "password", o.Confirm("wrong", ""))
	check(t, o.Confirm("right", ""))
	check(t, o.RemoveTwoStep(tom))
	if uses() {
		t.Fatal("still listed")
	}
	o.refuses(chat.NotAllowed, "", o.RemoveTwoStep(o.Session().User))
	o.refuses(chat.NotFound, "", o.RemoveTwoStep(o.ana.Account))
}

// If a code is refused and the portal's clock differs from this computer's, the answer says so.
func TestRefusedCodeNamesAWrongClock(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	key, err := o.StartTwoStep("right", "")
	check(t, err)
	_, err = o.ConfirmTwoStep(shows(t, key.Secret, 0))
	check(t, err)
	var ahead time.Duration
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(-ahead).UTC().Format(http.TimeFormat))
		o.server.Config.Handler.ServeHTTP(w, r)
	}))
	defer portal.Close()
	for _, tt := range []struct {
		ahead time.Duration
		want  string
	}{
		{0, "Enter the code that your authenticator app shows now"},
		{time.Hour, "this computer's clock is 60 minutes ahead of the portal's"},
		{-7 * time.Minute, "this computer's clock is 7 minutes behind the portal's"},
	} {
		ahead = tt.ahead
		_, err := o.SignInWithCode(portal.URL, "maya@firm.example", "right", "123456")
		o.refuses(chat.WrongCode, "code", err)
		if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v", tt.ahead, err)
		}
	}
	wrong := chat.Errorf(chat.WrongCode, "code", "Wrong.")
	if err := explainCode(wrong, -50*time.Second); !strings.Contains(err.Error(), "50 seconds behind") {
		t.Error(err)
	}
	if err := explainCode(chat.ErrSignedOut, time.Hour); err != chat.ErrSignedOut {
		t.Error(err)
	}
}
