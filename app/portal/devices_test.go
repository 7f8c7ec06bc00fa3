package portal_test

import (
	"net/http"
	"strings"
	"testing"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// Ten wrong guesses from the same network, such as behind one proxy, lock the account out. A device on which it has
// signed in before still gets in.
func TestKnownDevicePassesTheLimitOfItsNetwork(t *testing.T) {
	t.Cleanup(portal.RememberGuesses())
	s := serve(t)
	_, err := s.store.AddAccount(t.Context(), records.Account{Email: "tom@firm.example", Name: "Tom", Password: "right", User: true})
	check(t, err)
	signIn := func(password, device string) (*portalapi.SignInOutput, error) {
		in := &portalapi.SignInInput{}
		in.Body.Email, in.Body.Password, in.Body.DeviceSecret = "tom@firm.example", password, device
		return portalapi.Call(t.Context(), s.client(""), portalapi.SignIn, in)
	}
	inBrowser := func(device *http.Cookie) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+portalapi.Prefix+"/sessions",
			strings.NewReader(`{"email":"tom@firm.example","password":"right","cookie":true}`))
		check(t, err)
		req.Header.Set("Content-Type", "application/json")
		if device != nil {
			req.AddCookie(device)
		}
		res, err := http.DefaultClient.Do(req)
		check(t, err)
		res.Body.Close()
		return res
	}
	app, err := signIn("right", "")
	check(t, err)
	cookies := inBrowser(nil).Cookies()
	if app.Body.DeviceSecret == "" || len(cookies) != 2 || cookies[1].Name != portalapi.DeviceCookie || cookies[1].MaxAge < 399*24*60*60 {
		t.Fatalf("%q %v", app.Body.DeviceSecret, cookies)
	}

	for range 10 {
		if _, err := signIn("wrong", ""); chat.CodeOf(err) != chat.WrongPassword {
			t.Fatal(err)
		}
	}
	if _, err := signIn("right", "made up"); chat.CodeOf(err) != chat.TooMany {
		t.Fatalf("an unknown device isn't limited: %v", err)
	}
	if res := inBrowser(nil); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Fatalf("an unknown browser: %s %v", res.Status, res.Header)
	}
	again, err := signIn("right", app.Body.DeviceSecret)
	if err != nil || again.Body.DeviceSecret != app.Body.DeviceSecret {
		t.Fatalf("the app is locked out: %v", err)
	}
	if res := inBrowser(cookies[1]); res.StatusCode != http.StatusOK {
		t.Fatalf("the browser is locked out: %s", res.Status)
	}
}
