package desktop

import (
	"testing"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

func TestGuessesDontLockOutAComputerThatHasSignedIn(t *testing.T) {
	o := newOffice(t)
	check(t, o.SignIn(o.server.URL, "maya@firm.example", "right"))
	check(t, o.SignOut())
	in := &portalapi.SignInInput{}
	in.Body.Email, in.Body.Password = "maya@firm.example", "guessed"
	var err error
	for chat.CodeOf(err) != chat.TooMany {
		if _, err = portalapi.Call(t.Context(), portalapi.NewClient(o.server.URL, ""), portalapi.SignIn, in); err == nil {
			t.Fatal("guessed")
		}
	}
	check(t, o.SignIn(o.server.URL, "maya@firm.example", "right"))
}
