package computer

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/zalando/go-keyring"

	"matterline/app/chat"
)

func newAccounts(t *testing.T) *Accounts {
	keyring.MockInitWithError(errors.New("no keyring here")) // so tokens are kept in files
	return NewAccounts(filepath.Join(t.TempDir(), "data"), slog.New(slog.DiscardHandler))
}

func account(user string) Account {
	return Account{Portal: "https://portal.example", Firm: "Hart & Co.", User: chat.User{ID: user, Name: user}}
}

func TestAccounts(t *testing.T) {
	a := newAccounts(t)
	if _, found, err := a.LastOpen(); found || err != nil {
		t.Fatal(found, err)
	}
	maya, tom := account("maya"), account("tom")
	check(t, a.Remember(maya))
	check(t, a.SetToken(maya, "token"))
	check(t, a.Remember(tom))
	if last, found, err := a.LastOpen(); last != tom || !found || err != nil {
		t.Fatal(last, found, err)
	}
	check(t, a.Remember(maya)) // moves to the end
	if list, err := a.List(); err != nil || len(list) != 2 || list[0] != tom {
		t.Fatal(list, err)
	}
	check(t, a.ClearLastOpen())
	if _, found, err := a.LastOpen(); found || err != nil {
		t.Fatal(found, err)
	}
	if token, err := a.Token(maya); token != "token" || err != nil {
		t.Fatal(token, err)
	}
	check(t, a.Forget(maya))
	if _, found, err := a.Find(maya.Key()); found || err != nil {
		t.Fatal(found, err)
	}
	if _, err := a.Token(maya); !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	check(t, a.Forget(tom))
	if left, err := os.ReadDir(filepath.Dir(a.path)); len(left) != 0 || err != nil {
		t.Fatal(left, err)
	}
}

// A portal on this computer has another address at each start, and the same accounts.
func TestKeyOfALocalAccount(t *testing.T) {
	first, second := account("maya"), account("maya")
	second.Portal = "http://127.0.0.1:4711"
	if first.Key() == second.Key() {
		t.Fatal("two portals have the same account")
	}
	first.Kind, second.Kind = Local, Local
	if first.Key() != second.Key() {
		t.Fatal("the account depends on the port")
	}
}

// Accounts that sign in at the same time don't overwrite each other.
func TestRememberAtTheSameTime(t *testing.T) {
	a := newAccounts(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if err := a.Remember(account(fmt.Sprint("user ", i))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if list, err := a.List(); len(list) != 8 || err != nil {
		t.Fatal(list, err)
	}
}

// A list that can't be read now, but perhaps later, keeps its accounts.
func TestUnreadableListOfAccounts(t *testing.T) {
	a := newAccounts(t)
	check(t, a.Remember(account("maya")))
	check(t, os.Rename(a.path, a.path+".away"))
	check(t, os.Symlink(a.path, a.path)) // a loop can't be read
	if err := a.Remember(account("tom")); err == nil {
		t.Error("the list was replaced")
	}
	check(t, os.Rename(a.path+".away", a.path))
	if list, err := a.List(); len(list) != 1 || err != nil {
		t.Fatal(list, err)
	}
}

// A sign-in while the keyring is locked is newer than the token in the keyring.
func TestTokenOfTheLastSignIn(t *testing.T) {
	a, maya := newAccounts(t), account("maya")
	check(t, a.SetToken(maya, "newer"))
	keyring.MockInit() // the user unlocked the keyring
	check(t, keyring.Set(keyringService, maya.Key(), "older"))
	if token, err := a.Token(maya); token != "newer" || err != nil {
		t.Fatal(token, err)
	}
	check(t, a.SetToken(maya, "newest"))
	if token, err := a.Token(maya); token != "newest" || err != nil {
		t.Fatal(token, err)
	}
	if left, err := os.ReadDir(filepath.Dir(a.path)); len(left) != 0 || err != nil {
		t.Fatal("a token stayed outside the keyring", left, err)
	}
}

// The portal knows this computer also after a sign-out. Each portal has its own secret.
func TestDeviceSecretOfEachPortal(t *testing.T) {
	a, maya := newAccounts(t), account("maya")
	check(t, a.Remember(maya))
	if secret := a.DeviceSecret(maya.Portal); secret != "" {
		t.Fatal(secret)
	}
	check(t, a.SetDeviceSecret(maya.Portal, "secret"))
	check(t, a.Forget(maya))
	if secret := a.DeviceSecret(maya.Portal); secret != "secret" {
		t.Fatal(secret)
	}
	if secret := a.DeviceSecret("https://other.example"); secret != "" {
		t.Fatal("another portal gets the secret")
	}
}

// An account that has been forgotten doesn't come back, whatever comes late.
func TestForgottenAccountStaysForgotten(t *testing.T) {
	a := newAccounts(t)
	maya, tom := account("maya"), account("tom")
	check(t, a.Remember(maya))
	check(t, a.Remember(tom))
	check(t, a.Rename(maya.Key(), "Reyes & Co.", "Maya Reyes"))
	check(t, a.SetLastOpen(maya.Key()))
	renamed := maya
	renamed.Firm, renamed.User.Name = "Reyes & Co.", "Maya Reyes"
	if list, err := a.List(); err != nil || !slices.Equal(list, []Account{tom, renamed}) {
		t.Fatal(list, err)
	}
	if last, found, err := a.LastOpen(); last != renamed || !found || err != nil {
		t.Fatal(last, found, err)
	}
	check(t, a.Forget(maya))
	check(t, a.Rename(maya.Key(), "Hart & Co.", "Maya Hart"))
	check(t, a.SetLastOpen(maya.Key()))
	if list, err := a.List(); err != nil || !slices.Equal(list, []Account{tom}) {
		t.Fatal(list, err)
	}
	if _, found, err := a.LastOpen(); found || err != nil {
		t.Fatal(found, err)
	}
}
