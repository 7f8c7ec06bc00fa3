package localportal

import (
	"errors"
	"io/fs"
	"log/slog"
	"testing"
	"testing/fstest"

	"matterline/app/chat"
	_ "matterline/app/password/passwordtest"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// A firm can be set up once, a refused setup leaves none, and its portal can be restarted.
func TestPortal(t *testing.T) {
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	maya := records.Account{Email: "maya@firm.example", Name: "Maya Hart", Password: "short"}
	if _, err := Start(t.Context(), dir, fstest.MapFS{}, log); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if err := Create(t.Context(), dir, "Hart & Co.", maya); chat.CodeOf(err) != chat.WeakPassword {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), dir, fstest.MapFS{}, log); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	maya.Password = "a long password"
	if err := Create(t.Context(), dir, "Hart & Co.", maya); err != nil {
		t.Fatal(err)
	}
	if err := Create(t.Context(), dir, "Another", maya); chat.CodeOf(err) != chat.Taken {
		t.Fatal(err)
	}
	for range 2 {
		p, err := Start(t.Context(), dir, fstest.MapFS{}, log)
		if err != nil {
			t.Fatal(err)
		}
		in := new(portalapi.SignInInput)
		in.Body.Email, in.Body.Password, in.Body.Kind = maya.Email, maya.Password, chat.DesktopSession
		out, err := portalapi.Call(t.Context(), portalapi.NewClient(p.Address, ""), portalapi.SignIn, in)
		if err != nil || out.Body.Me.Firm != "Hart & Co." {
			t.Fatal(out, err)
		}
		if out.Body.Me.MustChange {
			t.Error("the admin has to change the password that they chose")
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
