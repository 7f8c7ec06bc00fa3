package desktop

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"matterline/app/chat"
)

// sessions returns how many sessions Maya has at the portal.
func (o *office) sessions() int {
	o.t.Helper()
	all, err := o.store.Sessions(o.t.Context(), o.maya, "")
	check(o.t, err)
	return len(all)
}

// callerError is the portal's answer to a token.
func (o *office) callerError(token string) error {
	_, err := o.store.Caller(o.t.Context(), token)
	return err
}

func TestSignOutEndsTheSessionAtThePortal(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	check(t, o.SignOut())
	o.background.Wait()
	if n := o.sessions(); n != 0 {
		t.Fatalf("%d sessions are left", n)
	}
}

// A sign-out while the portal is away is carried out after a restart, or when any account connects.
func TestSignOutWhileOffline(t *testing.T) {
	for name, comeBack := range map[string]func(o *office){
		"Restart": func(o *office) {
			o.controls.Close()
			o.portalAway.Store(false)
			o.start(o.options.Data)
		},
		"Connected": func(o *office) {
			o.portalAway.Store(false)
			o.signIn()
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.signIn()
			o.goAway()
			check(t, o.SignOut())
			o.background.Wait()
			waiting, err := o.signOuts.List()
			check(t, err)
			if len(waiting) != 1 || waiting[0].Portal != o.server.URL {
				t.Fatalf("%+v", waiting)
			}
			token, err := o.signOuts.Token(waiting[0])
			check(t, err)
			ended := o.store.Watch(o.maya)
			defer ended.Close()
			comeBack(o)
			for chat.CodeOf(o.callerError(token)) != chat.SignedOut {
				select {
				case <-ended.Ready():
				case <-time.After(20 * time.Second):
					t.Fatal("the session is left")
				}
				ended.Take("")
			}
			o.background.Wait()
			if left, err := filepath.Glob(filepath.Join(o.options.Data, "signout*")); len(left) != 0 || err != nil {
				t.Fatal(left, err)
			}
		})
	}
}

// A sign-out that the portal refuses because the session is gone is done. One that something else answers waits.
func TestSignOutIsGivenUpOnlyOn401(t *testing.T) {
	o := newOffice(t)
	network := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "sign in to the network", http.StatusForbidden)
	}))
	defer network.Close()
	check(t, o.signOuts.Add(o.server.URL, "no such session"))
	check(t, o.signOuts.Add(network.URL, "token"))
	o.sendSignOuts()
	o.background.Wait()
	waiting, err := o.signOuts.List()
	check(t, err)
	if len(waiting) != 1 || waiting[0].Portal != network.URL {
		t.Fatalf("%+v", waiting)
	}
}

// A sign-in that can't be kept on this computer leaves no session at the portal.
func TestSignInThatCannotBeKept(t *testing.T) {
	o := newOffice(t)
	check(t, os.MkdirAll(filepath.Join(o.options.Data, "accounts.json"), 0o700)) // in place of the file
	if err := o.SignIn(o.server.URL, "maya@firm.example", "right"); err == nil {
		t.Fatal("signed in")
	}
	o.background.Wait()
	if n := o.sessions(); n != 0 {
		t.Fatalf("%d sessions are left", n)
	}
}

// A participant's sign-in is refused by the portal, which leaves no session.
func TestParticipantsDoNotSignIn(t *testing.T) {
	o := newOffice(t)
	o.refuses(chat.NotAllowed, "email", o.SignIn(o.server.URL, "ana@client.example", "right"))
	all, err := o.store.Sessions(t.Context(), o.ana, "")
	check(t, err)
	if len(all) != 0 {
		t.Fatalf("%+v", all)
	}
}
