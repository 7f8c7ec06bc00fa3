package records_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"golang.org/x/oauth2"

	"matterline/app/chat"
	"matterline/app/passkey"
	"matterline/app/records"
)

const appVerifier = "kept by the app, which sends only its hash"

// page is what the portal's page asks a passkey for, after the app has opened it.
func (f *firm) page(t *testing.T, use chat.PasskeyUse) (options string) {
	t.Helper()
	page := records.PasskeyPage{Use: use, Secret: oauth2.S256ChallengeFromVerifier(appVerifier)}
	return must(f.PageOptions(t.Context(), portalSite, page))(t)
}

func (f *firm) openLink(t *testing.T, link string) (options string, err error) {
	return f.PageOptions(t.Context(), portalSite, records.PasskeyPage{Use: chat.PasskeyToAdd, Secret: link})
}

// addStaffPasskey adds a phone's passkey to a user's account, in a session that is confirmed.
func (f *firm) addStaffPasskey(t *testing.T, c chat.Caller, token string, p *phone) (id string) {
	t.Helper()
	options := must(f.openLink(t, must(f.PasskeyLink(t.Context(), c, portalSite))(t)))(t)
	return must(f.AddPasskey(t.Context(), c, token, portalSite, "Phone", p.makes(t, options)))(t)
}

func (f *firm) signInAppByPasskey(t *testing.T, answer string) (token string, err error) {
	t.Helper()
	return f.SignInByPasskey(t.Context(), portalSite, answer, appVerifier, chat.Origin{Kind: chat.DesktopSession, Device: "the desk"})
}

// leadWithPasskey adds an admin with a passkey, whose session is confirmed.
func (f *firm) leadWithPasskey(t *testing.T) (c chat.Caller, token string, p *phone) {
	t.Helper()
	c, token = f.lead(t)
	if err := f.Confirm(t.Context(), c, "right", ""); err != nil {
		t.Fatal(err)
	}
	p = newPhone(c.Account)
	f.addStaffPasskey(t, c, token, p)
	return c, token, p
}

func TestStaffPasskeys(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lead, token := f.lead(t)
		if _, err := f.PasskeyLink(ctx, lead, portalSite); chat.CodeOf(err) != chat.ConfirmFirst {
			t.Fatal(err)
		}
		if err := f.Confirm(ctx, lead, "right", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := f.PasskeyLink(ctx, lead, passkey.Site{}); chat.CodeOf(err) != chat.NotAllowed {
			t.Fatal(err)
		}
		p := newPhone(lead.Account)
		id := f.addStaffPasskey(t, lead, token, p)
		if list := must(f.Passkeys(ctx, lead))(t); len(list) != 1 || list[0].ID != id || list[0].Name != "Phone" {
			t.Fatalf("%+v", list)
		}
		if self := must(f.Self(ctx, lead.Account))(t); self.Passkeys != 1 {
			t.Fatalf("%+v", self)
		}
		options := must(f.openLink(t, must(f.PasskeyLink(ctx, lead, portalSite))(t)))(t)
		if excluded := must(virtualwebauthn.ParseAttestationOptions(options))(t); !p.key.IsExcludedForAttestation(*excluded) {
			t.Fatal(options)
		}

		// The passkey verifies the person, so it needs no code, and the session begins confirmed.
		f.requireTwoStep(t)
		in := must(f.signInAppByPasskey(t, p.answers(t, f.page(t, chat.PasskeyToSignIn))))(t)
		c := must(f.Caller(ctx, in))(t)
		if c.Account != lead.Account || c.Kind != chat.DesktopSession || c.Device != "the desk" {
			t.Fatalf("%+v", c)
		}
		needsConfirmation := func(c chat.Caller) error { _, err := f.AddReset(ctx, c, f.team.Account); return err }
		if err := needsConfirmation(c); err != nil {
			t.Fatal(err)
		}

		f.clock = f.clock.Add(11 * time.Minute)
		if err := needsConfirmation(c); chat.CodeOf(err) != chat.ConfirmFirst {
			t.Fatal(err)
		}
		if err := f.ConfirmByPasskey(ctx, c, portalSite, p.answers(t, f.page(t, chat.PasskeyToConfirm)), appVerifier); err != nil {
			t.Fatal(err)
		}
		if err := needsConfirmation(c); err != nil {
			t.Fatal(err)
		}
		if err := f.RenamePasskey(ctx, c, id, "Old phone"); err != nil {
			t.Fatal(err)
		}
		if err := f.RemovePasskey(ctx, c, id); err != nil {
			t.Fatal(err)
		}
		if got := f.actions(t, lead.Account); !slices.Equal(got, []string{"passkey.add", "passkey.rename", "passkey.remove"}) {
			t.Fatal(got)
		}
	})
}

// A user who has only a passkey is asked for it.
func TestConfirmationNamesThePasskey(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lead, _, _ := f.leadWithPasskey(t)
		f.exec(t, `UPDATE accounts SET password = '' WHERE id = $1`, lead.Account)
		f.clock = f.clock.Add(time.Hour)
		_, err := f.PasskeyLink(ctx, lead, portalSite)
		if chat.CodeOf(err) != chat.ConfirmFirst || err.(*chat.Error).Field != "passkey" {
			t.Fatal(err)
		}
	})
}

// Users' passkeys work in the app only, and participants' on the client pages only.
func TestPasskeysOfOthers(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lead, _, p := f.leadWithPasskey(t)
		eve, evesToken := f.addPerson(t, "eve")
		evesPhone := newPhone(eve.Account)
		f.addPasskey(t, eve, evesToken, evesPhone)
		says := func(err error, code chat.Code, sentence string) {
			t.Helper()
			if chat.CodeOf(err) != code || !strings.Contains(err.Error(), sentence) {
				t.Error(err)
			}
		}
		_, err := f.signInAppByPasskey(t, evesPhone.answers(t, f.page(t, chat.PasskeyToSignIn)))
		says(err, chat.NotAllowed, "This is a client's passkey.")
		_, err = f.signInByPasskey(t, p.answers(t, f.signInOptions(t)))
		says(err, chat.NotAllowed, "This is a staff passkey.")
		_, err = f.SignInByPasskey(ctx, portalSite, p.answers(t, f.signInOptions(t)), "", chat.Origin{})
		says(err, chat.NotAllowed, "This is a staff passkey.")
		err = f.ConfirmByPasskey(ctx, lead, portalSite, evesPhone.answers(t, f.page(t, chat.PasskeyToConfirm)), appVerifier)
		says(err, chat.NotAllowed, "This passkey is another account's.")

		if _, err := f.PasskeyLink(ctx, eve, portalSite); chat.CodeOf(err) != chat.NotFound {
			t.Error(err)
		}
		if err := f.ConfirmByPasskey(ctx, eve, portalSite, evesPhone.answers(t, f.page(t, chat.PasskeyToConfirm)), appVerifier); chat.CodeOf(err) != chat.NotFound {
			t.Error(err)
		}
		if _, err := f.StartPasskey(ctx, lead, byPassword("right")); chat.CodeOf(err) != chat.NotFound {
			t.Error(err)
		}
		if _, err := f.ProveOptions(ctx, lead, portalSite); chat.CodeOf(err) != chat.NotFound {
			t.Error(err)
		}
	})
}

// What the browser brings back counts for the app that opened the page, for what it asked, once, and not for long.
func TestWrongAnswersOfStaff(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lead, _, p := f.leadWithPasskey(t)
		late := p.answers(t, f.page(t, chat.PasskeyToSignIn))
		f.clock = f.clock.Add(4 * time.Minute)
		used := p.answers(t, f.page(t, chat.PasskeyToSignIn))
		must(f.signInAppByPasskey(t, used))(t)
		toConfirm := p.answers(t, f.page(t, chat.PasskeyToConfirm))
		if err := f.ConfirmByPasskey(ctx, lead, portalSite, toConfirm, appVerifier); err != nil {
			t.Fatal(err)
		}
		otherApp := records.PasskeyPage{Use: chat.PasskeyToSignIn, Secret: oauth2.S256ChallengeFromVerifier("another app's")}
		for name, answer := range map[string]string{
			"too late":               late,
			"used":                   used,
			"another app's question": p.answers(t, must(f.PageOptions(ctx, portalSite, otherApp))(t)),
			"to the client pages":    p.answers(t, f.signInOptions(t)),
			"to confirm":             p.answers(t, f.page(t, chat.PasskeyToConfirm)),
			"an unknown passkey":     newPhone(lead.Account).answers(t, f.page(t, chat.PasskeyToSignIn)),
			"nothing":                "",
		} {
			if _, err := f.signInAppByPasskey(t, answer); chat.CodeOf(err) != chat.WrongPasskey {
				t.Errorf("sign in, %s: %v", name, err)
			}
		}
		for name, answer := range map[string]string{
			"used":       toConfirm,
			"to sign in": p.answers(t, f.page(t, chat.PasskeyToSignIn)),
		} {
			if err := f.ConfirmByPasskey(ctx, lead, portalSite, answer, appVerifier); chat.CodeOf(err) != chat.WrongPasskey {
				t.Errorf("confirm, %s: %v", name, err)
			}
		}
		if _, err := f.PageOptions(ctx, portalSite, records.PasskeyPage{Use: chat.PasskeyToSignIn}); chat.CodeOf(err) != chat.LinkExpired {
			t.Error("without a code challenge:", err)
		}
		if _, err := f.PageOptions(ctx, passkey.Site{}, otherApp); chat.CodeOf(err) != chat.NotAllowed {
			t.Error("where passkeys don't work:", err)
		}
	})
}

// A link makes a passkey for one session of one user, until the session ends, for ten minutes.
func TestPasskeyLinks(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lead, token := f.lead(t)
		if err := f.Confirm(ctx, lead, "right", ""); err != nil {
			t.Fatal(err)
		}
		link := must(f.PasskeyLink(ctx, lead, portalSite))(t)
		p := newPhone(lead.Account)
		made := p.makes(t, must(f.openLink(t, link))(t))
		otherToken := must(f.StartSession(ctx, lead.Account, chat.Origin{}))(t)
		other := must(f.Caller(ctx, otherToken))(t)
		if _, err := f.AddPasskey(ctx, other, otherToken, portalSite, "Phone", made); chat.CodeOf(err) != chat.WrongPasskey {
			t.Error("another session:", err)
		}
		code, _, _ := strings.Cut(link, " ")
		for name, link := range map[string]string{
			"nothing":         "",
			"no session":      code,
			"another session": code + " " + lead.Account + " " + other.Session,
			"another account": code + " " + f.maya.Account + " " + lead.Session,
			"made up":         "c2l4dGVlbiBieXRlcyBhdCBsZWFzdA " + lead.Account + " " + lead.Session,
			"no text":         "%%% " + lead.Account + " " + lead.Session,
		} {
			if _, err := f.openLink(t, link); chat.CodeOf(err) != chat.LinkExpired {
				t.Errorf("%s: %v", name, err)
			}
		}
		f.clock = f.clock.Add(9 * time.Minute)
		if _, err := f.AddPasskey(ctx, lead, token, portalSite, "Phone", made); chat.CodeOf(err) != chat.WrongPasskey {
			t.Error("made long ago:", err)
		}
		made = p.makes(t, must(f.openLink(t, link))(t)) // the page asks again
		must(f.AddPasskey(ctx, lead, token, portalSite, "Phone", made))(t)
		if _, err := f.AddPasskey(ctx, lead, token, portalSite, "Phone", made); chat.CodeOf(err) != chat.WrongPasskey {
			t.Error("again:", err)
		}
		made = newPhone(lead.Account).makes(t, must(f.openLink(t, link))(t))
		f.clock = f.clock.Add(2 * time.Minute)
		if _, err := f.openLink(t, link); chat.CodeOf(err) != chat.LinkExpired {
			t.Error("too late:", err)
		}

		if err := f.Confirm(ctx, lead, "right", ""); err != nil {
			t.Fatal(err)
		}
		link = must(f.PasskeyLink(ctx, lead, portalSite))(t)
		if err := f.EndSession(ctx, token, chat.Origin{}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.openLink(t, link); chat.CodeOf(err) != chat.LinkExpired {
			t.Error("the session has ended:", err)
		}
		if _, err := f.AddPasskey(ctx, lead, token, portalSite, "Phone", made); chat.CodeOf(err) != chat.SignedOut {
			t.Error("the session has ended:", err)
		}
	})
}

// Someone who chose another person's first password can't keep a key to the account.
func TestNoKeysBeforeOnesOwnPassword(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lead, _, _ := f.leadWithPasskey(t)
		eve, _ := f.addPerson(t, "eve")
		f.exec(t, `UPDATE accounts SET must_change = true`)
		_, link := f.PasskeyLink(ctx, lead, portalSite)
		_, passkey := f.StartPasskey(ctx, eve, byPassword("right"))
		_, codes := f.MakeRecoveryCodes(ctx, eve, byPassword("right"))
		for name, err := range map[string]error{"link": link, "passkey": passkey, "codes": codes} {
			if chat.CodeOf(err) != chat.NotAllowed {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestPasskeyLinksStopAtTheLimit(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		lead, token, _ := f.leadWithPasskey(t)
		for range 19 {
			f.addStaffPasskey(t, lead, token, newPhone(lead.Account))
		}
		if _, err := f.PasskeyLink(t.Context(), lead, portalSite); chat.CodeOf(err) != chat.TooMany {
			t.Fatal(err)
		}
	})
}

// With SSO alone, the firm's provider decides who signs in. The passkeys from before stay, and are worth nothing.
func TestNoStaffPasskeysWithSSOOnly(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lead, token, p := f.leadWithPasskey(t)
		made := newPhone(lead.Account).makes(t, must(f.openLink(t, must(f.PasskeyLink(ctx, lead, portalSite))(t)))(t))
		toSignIn, toConfirm := p.answers(t, f.page(t, chat.PasskeyToSignIn)), p.answers(t, f.page(t, chat.PasskeyToConfirm))
		f.UseProvider("https://provider.example", false)
		if f.StaffPasskeys(portalSite) {
			t.Error("offered")
		}
		_, signIn := f.signInAppByPasskey(t, toSignIn)
		_, link := f.PasskeyLink(ctx, lead, portalSite)
		_, page := f.PageOptions(ctx, portalSite, records.PasskeyPage{Use: chat.PasskeyToSignIn, Secret: oauth2.S256ChallengeFromVerifier(appVerifier)})
		_, add := f.AddPasskey(ctx, lead, token, portalSite, "Phone", made)
		for name, err := range map[string]error{
			"sign in": signIn, "link": link, "page": page, "add": add, "confirm": f.ConfirmByPasskey(ctx, lead, portalSite, toConfirm, appVerifier),
		} {
			if chat.CodeOf(err) != chat.NotAllowed {
				t.Errorf("%s: %v", name, err)
			}
		}
		f.clock = f.clock.Add(time.Hour)
		if _, err := f.AddReset(ctx, lead, f.ana.Account); chat.CodeOf(err) != chat.ConfirmFirst || err.(*chat.Error).Field != "" {
			t.Error(err)
		}
	})
}

// A new password that an admin made possible, and leaving the firm, end passkeys.
func TestStaffPasskeysEnd(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *firm, chat.Caller){
		"a reset link": func(t *testing.T, f *firm, c chat.Caller) {
			if _, _, err := f.UseReset(t.Context(), f.reset(t, c.Account), longPassword, chat.Origin{}); err != nil {
				t.Fatal(err)
			}
		},
		"deactivated": func(t *testing.T, f *firm, c chat.Caller) {
			if err := f.EditUser(t.Context(), f.admin, f.other.Account, true, true); err != nil { // a firm keeps an admin
				t.Fatal(err)
			}
			for _, active := range []bool{false, true} {
				if err := f.EditUser(t.Context(), f.admin, c.Account, false, active); err != nil {
					t.Fatal(err)
				}
			}
		},
		"a restore": func(t *testing.T, f *firm, _ chat.Caller) { // ends what wasn't answered
			must(f.NewEpoch(t.Context(), false))(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			on(t, func(t *testing.T, f *firm) {
				lead, token, p := f.leadWithPasskey(t)
				link := must(f.PasskeyLink(t.Context(), lead, portalSite))(t)
				made := newPhone(lead.Account).makes(t, must(f.openLink(t, link))(t))
				answer := p.answers(t, f.page(t, chat.PasskeyToSignIn))
				end(t, f, lead)
				if _, err := f.signInAppByPasskey(t, answer); chat.CodeOf(err) != chat.WrongPasskey {
					t.Error(err)
				}
				if _, err := f.openLink(t, link); chat.CodeOf(err) != chat.LinkExpired {
					t.Error(err)
				}
				_, err := f.AddPasskey(t.Context(), lead, token, portalSite, "Phone", made)
				if code := chat.CodeOf(err); code != chat.SignedOut && code != chat.WrongPasskey {
					t.Error(err)
				}
			})
		})
	}
}

// Of six uses at the same time, one wins.
func TestStaffPasskeysAnswerOnce(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lead, token, p := f.leadWithPasskey(t)
		six := func(use func() error) {
			t.Helper()
			winner(t, together(slices.Repeat([]func() error{use}, 6)...), chat.WrongPasskey)
		}
		made := newPhone(lead.Account).makes(t, must(f.openLink(t, must(f.PasskeyLink(ctx, lead, portalSite))(t)))(t))
		six(func() error {
			_, err := f.AddPasskey(ctx, lead, token, portalSite, "Phone", made)
			return err
		})
		toSignIn, toConfirm := p.answers(t, f.page(t, chat.PasskeyToSignIn)), p.answers(t, f.page(t, chat.PasskeyToConfirm))
		six(func() error {
			_, err := f.SignInByPasskey(ctx, portalSite, toSignIn, appVerifier, chat.Origin{})
			return err
		})
		six(func() error { return f.ConfirmByPasskey(ctx, lead, portalSite, toConfirm, appVerifier) })
	})
}
