package portal_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// An invitation link asks for a PIN if the firm wants that, and says so. Apps that know no PINs send no body.
func TestInvitationsWithAndWithoutPIN(t *testing.T) {
	c := newCallers(t)
	f := c.fixture(t)
	token := c.token(t, assigned)
	dora, err := c.store.PutOnPortal(t.Context(), chat.Caller{Account: c.accounts[assigned], User: true}, chat.Participant{Matter: f.matter, Name: "Dora", Role: "Client"})
	check(t, err)
	invite := func(body any) (secret, pin string) {
		t.Helper()
		got := c.ask(t, http.MethodPost, "/participants/"+dora+"/invitation", body, token)
		var out struct{ Path, PIN string }
		if got.status != http.StatusOK || json.Unmarshal([]byte(got.body), &out) != nil {
			t.Fatalf("%+v", got)
		}
		secret, asks := strings.CutSuffix(strings.TrimPrefix(out.Path, "/invited#"), portalapi.AsksPIN)
		if asks != (out.PIN != "") || secret == "" || strings.Contains(secret, "&") {
			t.Fatalf("%+v", out)
		}
		return secret, out.PIN
	}
	accept := func(secret, pin string) answer {
		return c.ask(t, http.MethodPost, "/invitations/accept", object{"invitation": secret, "pin": pin, "email": "dora@home.example", "password": "a long enough one"}, "")
	}
	for _, body := range []any{nil, object{}, object{"pin": false}} {
		if _, pin := invite(body); pin != "" {
			t.Fatalf("%v made the PIN %q", body, pin)
		}
	}
	secret, pin := invite(object{"pin": true})
	for _, tt := range []struct {
		pin    string
		status int
		code   chat.Code
	}{
		{"", http.StatusUnprocessableEntity, chat.Required},
		{"12345x", http.StatusBadRequest, chat.Malformed},
		{"00000", http.StatusBadRequest, chat.Malformed},
		{strings.Repeat("1", 21), http.StatusUnprocessableEntity, chat.Malformed},
	} { // none counts as an attempt
		if got := accept(secret, tt.pin); got.status != tt.status || got.code(t) != tt.code {
			t.Fatalf("PIN %q: %+v", tt.pin, got)
		}
	}
	wrong := "000 000"
	if pin == "000000" {
		wrong = "111 111"
	}
	if got := accept(secret, wrong); !strings.Contains(got.body, "4 more attempts") {
		t.Fatalf("%+v", got)
	}
	if got := accept(secret, pin); got.status != http.StatusOK {
		t.Fatalf("%+v", got)
	}
}
