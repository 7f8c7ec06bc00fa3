package desktop

import (
	"slices"
	"strings"
	"testing"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/replica"
)

// untilSession waits until the session that the window shows is as wanted.
func (o *office) untilSession(what string, is func(Session) bool) {
	o.t.Helper()
	o.until(what, func() bool { return is(o.Session()) })
}

func TestChangeOwnAccount(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.untilSession("email", func(s Session) bool { return s.Email == "maya@firm.example" })

	check(t, o.Rename("Maya Reyes"))
	if s := o.Session(); s.Name != "Maya Reyes" {
		t.Fatalf("%+v", s)
	}
	o.refuses(chat.Required, "name", o.Rename(" "))
	list, err := o.Accounts()
	check(t, err)
	if list[0].Name != "Maya Reyes" {
		t.Fatalf("%+v", list)
	}

	o.refuses(chat.WrongPassword, "password", o.ChangeEmail("wrong", "maya@reyes.example"))
	o.refuses(chat.Malformed, "email", o.ChangeEmail("right", "maya"))
	o.refuses(chat.Taken, "email", o.ChangeEmail("right", "ana@client.example"))
	check(t, o.ChangeEmail("right", "maya@reyes.example"))
	if s := o.Session(); s.Email != "maya@reyes.example" {
		t.Fatalf("%+v", s)
	}

	// What the portal said last is known offline, too.
	o.controls.Close()
	o.portalAway.Store(true)
	o.start(o.options.Data)
	if s := o.Session(); s.Name != "Maya Reyes" || s.Email != "maya@reyes.example" {
		t.Fatalf("%+v", s)
	}
	if err := o.Rename("Maya Hart"); chat.CodeOf(err) != chat.Unreachable {
		t.Fatal(err)
	}
}

// A user whose password someone else chose must choose another. Everything stays as it is meanwhile.
func TestMustChange(t *testing.T) {
	o := newOffice(t)
	leah, err := o.store.AddUser(t.Context(), records.Program, records.Account{Email: "leah@firm.example", Name: "Leah Stone", Password: "chosen by an admin", MustChange: true})
	check(t, err)
	check(t, o.SignIn(o.server.URL, "leah@firm.example", "chosen by an admin"))
	o.untilSession("demand", func(s Session) bool { return s.User == leah && s.MustChange })
	o.refuses(chat.WrongPassword, "old", o.ChangePassword("wrong", "a password of my own"))
	o.refuses(chat.WeakPassword, "password", o.ChangePassword("chosen by an admin", "short"))
	if !o.Session().MustChange {
		t.Fatal("no longer asked")
	}
	check(t, o.ChangePassword("chosen by an admin", "a password of my own"))
	if o.Session().MustChange {
		t.Fatal("still asked")
	}
	o.untilState("current")
}

func TestOwnDevices(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	other := o.elsewhere("maya@firm.example")
	all, err := o.Devices()
	check(t, err)
	if len(all) != 2 {
		t.Fatalf("%+v", all)
	}
	here := slices.IndexFunc(all, func(s chat.Session) bool { return s.Current })
	if s := all[here]; s.Kind != chat.DesktopSession || !strings.HasPrefix(s.Device, "Desktop") || s.UsedAt == 0 || s.Address == "" {
		t.Fatalf("%+v", s)
	}
	check(t, o.SignOutDevice(all[1-here].ID))
	if _, err := o.store.Caller(t.Context(), other); chat.CodeOf(err) != chat.SignedOut {
		t.Fatal(err)
	}
	o.refuses(chat.NotFound, "", o.SignOutDevice(all[1-here].ID))
}

// elsewhere signs an account in on another device.
func (o *office) elsewhere(email string) (token string) {
	o.t.Helper()
	in := &portalapi.SignInInput{}
	in.Body.Email, in.Body.Password, in.Body.Device = email, "right", "elsewhere"
	out, err := portalapi.Call(o.t.Context(), portalapi.NewClient(o.server.URL, ""), portalapi.SignIn, in)
	check(o.t, err)
	return out.Body.Token
}

// An admin makes a link for a participant's new password, which the matter then says, and signs out their devices.
func TestManageAccesses(t *testing.T) {
	o := newOffice(t)
	maya := o.asAdmin()
	token := o.elsewhere("ana@client.example")
	ana := func() replica.ParticipantRow {
		m, err := o.Matter(o.matter)
		check(t, err)
		return m.Participants[0]
	}
	account := ana().Account
	if account != o.ana.Account || ana().ResetAt != 0 {
		t.Fatalf("%+v", ana())
	}
	all, err := o.DevicesOf(account)
	check(t, err)
	if len(all) != 1 || all[0].Device != "elsewhere" || all[0].Current {
		t.Fatalf("%+v", all)
	}
	check(t, o.SignOutDeviceOf(account, all[0].ID, false))
	if _, err := o.store.Caller(t.Context(), token); chat.CodeOf(err) != chat.SignedOut {
		t.Fatal(err)
	}

	first, err := o.ResetPassword(account)
	check(t, err)
	second, err := o.ResetPassword(account)
	check(t, err)
	if !strings.HasPrefix(first.Link, o.server.URL+"/reset#") || first.Link == second.Link || first.ExpiresAt == 0 {
		t.Fatalf("%+v, %+v", first, second)
	}
	o.until("who reset it", func() bool { return ana().ResetAt != 0 && ana().ResetBy == maya })

	added, err := o.AddUser("leah@firm.example", "Leah Stone", false)
	check(t, err)
	if !strings.HasPrefix(added.Link, o.server.URL+"/reset#") || added.ExpiresAt == 0 {
		t.Fatalf("%+v", added)
	}
	_, err = o.ResetPassword("nobody")
	o.refuses(chat.NotFound, "", err)
}

func TestOnlyAdminsManageAccesses(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	_, err := o.ResetPassword(o.ana.Account)
	o.refuses(chat.NotAllowed, "", err)
	_, err = o.DevicesOf(o.ana.Account)
	o.refuses(chat.NotAllowed, "", err)
	o.refuses(chat.NotAllowed, "", o.SignOutDeviceOf(o.ana.Account, "x", false))
}
