package desktop

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"matterline/app/chat"
	"matterline/app/localportal"
	"matterline/app/records"
)

// Each account has its own drafts and last chat. The account that was open last opens at the next start.
func TestAccounts(t *testing.T) {
	o := newOffice(t)
	_, err := o.store.AddAccount(t.Context(), records.Account{Email: "tom@firm.example", Name: "Tom Reyes", Password: "right", User: true})
	check(t, err)
	o.signIn()
	maya := o.Session().Key
	check(t, o.SaveLastChat(o.matter, o.toAna))
	check(t, o.SaveDraft(o.toAna, "half a thought", false))

	check(t, o.ShowStart())
	if s := o.Session(); s.State != "out" {
		t.Fatalf("%+v", s)
	}
	check(t, o.SignIn(o.server.URL, "tom@firm.example", "right"))
	tom := o.Session().Key
	if at, err := o.LastChat(); err != nil || at.Matter != "" {
		t.Fatal("Tom has Maya's last chat", at, err)
	}
	list, err := o.Accounts()
	check(t, err)
	if len(list) != 2 || list[0].Key != maya || list[1].Name != "Tom Reyes" {
		t.Fatalf("%+v", list)
	}

	check(t, o.SwitchTo(maya))
	o.controls.Close()
	o.start(o.options.Data)
	o.untilState("current")
	if s := o.Session(); s.Key != maya {
		t.Fatalf("%+v", s)
	}
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	at, err := o.LastChat()
	check(t, err)
	if c.Draft.Text != "half a thought" || at != (ChatAddress{Matter: o.matter, Participant: o.toAna}) {
		t.Fatalf("%+v, %+v", c.Draft, at)
	}

	check(t, o.SignOut())
	if err := o.SwitchTo(maya); chat.CodeOf(err) != chat.NotFound {
		t.Fatal(err)
	}
	check(t, o.SwitchTo(tom))
	if s := o.Session(); s.Name != "Tom Reyes" {
		t.Fatalf("%+v", s)
	}
}

// witness is a window that notes which accounts are listed at each event.
type witness struct {
	*fakeWindow
	note func()
}

func (w witness) Emit(name Event, matters ...string) {
	w.note()
	w.fakeWindow.Emit(name, matters...)
}

// When the start screen appears after a sign-out, the account is already off its list.
func TestStartScreenListsNoAccountThatSignedOut(t *testing.T) {
	o := newOffice(t)
	told := false
	o.controls.SetWindow(witness{o.window, func() {
		if o.Session().State != "out" {
			return
		}
		told = true
		if list, err := o.Accounts(); len(list) != 0 || err != nil {
			t.Errorf("%+v, %v", list, err)
		}
	}})
	o.signIn()
	check(t, o.SignOut())
	if !told {
		t.Error("no event")
	}
}

// An account that can't be opened leaves the start screen, and not "starting", which the window would show forever.
func TestAccountThatCannotBeOpened(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	maya := o.Session().Key
	o.controls.Close()
	replica := filepath.Join(o.options.Data, "replicas", maya)
	check(t, os.RemoveAll(replica))
	check(t, os.WriteFile(replica, nil, 0o600)) // in place of the folder
	o.start(o.options.Data)
	if s := o.Session(); s.State != "out" || s.Problem == "" {
		t.Fatalf("%+v", s)
	}
	if err := o.SwitchTo(maya); err == nil {
		t.Fatal("it was opened")
	}
}

// The first sign-in creates the data folder.
func TestNoDataFolder(t *testing.T) {
	o := newOffice(t)
	o.start(filepath.Join(t.TempDir(), "not yet", "there"))
	o.signIn()
}

// A list of accounts that can't be read is set aside, and the start screen says so.
func TestBrokenListOfAccounts(t *testing.T) {
	o := newOffice(t)
	data := t.TempDir()
	check(t, os.WriteFile(filepath.Join(data, "accounts.json"), []byte("{"), 0o600))
	o.start(data)
	if s := o.Session(); s.State != "out" || s.Problem == "" {
		t.Fatalf("%+v", s)
	}
	o.signIn()
}

func TestCheckPortal(t *testing.T) {
	o := newOffice(t)
	check(t, o.store.SetFirm(t.Context(), records.Program, records.Firm{Name: "Hartwell & Co.", Colour: "#7a1f3d"}))
	info, err := o.CheckPortal(" " + o.server.URL + "/ ")
	if err != nil || info != (PortalInfo{o.server.URL, "Hartwell & Co.", "#7a1f3d", false, true, false}) {
		t.Fatal(info, err)
	}
	for address, code := range map[string]chat.Code{"not an address": chat.Malformed, "http://127.0.0.1:1": chat.Unreachable} {
		if _, err := o.CheckPortal(address); chat.CodeOf(err) != code {
			t.Error(address, err)
		}
	}
}

// localPortals run portals on this computer, as main does.
func localPortals() LocalPortals {
	log := slog.New(slog.DiscardHandler)
	return LocalPortals{
		Create: func(ctx context.Context, dir string, f NewFirm) error {
			return localportal.Create(ctx, dir, f.Firm, records.Account{Name: f.Name, Email: f.Email, Password: f.Password})
		},
		Start: func(ctx context.Context, dir string) (LocalPortal, error) {
			p, err := localportal.Start(ctx, dir, fstest.MapFS{}, log)
			if err != nil {
				return LocalPortal{}, err
			}
			return LocalPortal{p.Address, p.Close}, nil
		},
	}
}

// A portal on this computer is created once, and starts again with the app, on any port.
func TestCreateFirm(t *testing.T) {
	o := newOffice(t)
	o.options.Local = localPortals()
	for _, tt := range []struct {
		name, firm, user, email, password string
		code                              chat.Code
		field                             string
	}{
		{"ErrFirm", " ", "Maya Hart", "maya@firm.example", "a long password", chat.Required, "firm"},
		{"ErrName", "Hart & Co.", "", "maya@firm.example", "a long password", chat.Required, "name"},
		{"ErrEmail", "Hart & Co.", "Maya Hart", "maya", "a long password", chat.Malformed, "email"},
		{"ErrPassword", "Hart & Co.", "Maya Hart", "maya@firm.example", "short", chat.WeakPassword, "password"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o.refuses(tt.code, tt.field, o.CreateFirm(tt.firm, tt.user, tt.email, tt.password))
		})
	}
	check(t, o.CreateFirm("Hart & Co.", "Maya Hart", "maya@firm.example", "a long password"))
	first := o.Session()
	if first.State != "in" || first.Firm != "Hart & Co." {
		t.Fatalf("%+v", first)
	}
	o.refuses(chat.Taken, "firm", o.CreateFirm("Another", "Maya Hart", "maya@firm.example", "a long password"))
	check(t, o.ShowStart())
	if s := o.Session(); s.Here != first.Portal {
		t.Fatalf("%+v", s)
	}
	check(t, o.SwitchTo(first.Key))

	o.controls.Close()
	o.startWith(Options{Data: o.options.Data, Local: localPortals()})
	o.untilState("current")
	if s := o.Session(); s.Key != first.Key {
		t.Fatalf("%+v", s)
	}
}
