package records_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"matterline/app/chat"
	"matterline/app/passkey"
	"matterline/app/records"
	"matterline/app/sqldb"
)

const portalOrigin = "https://portal.firm.example"

var portalSite, _ = passkey.At(portalOrigin)

// phone is an authenticator with one passkey, in a browser that shows the portal.
type phone struct {
	device virtualwebauthn.Authenticator
	key    virtualwebauthn.Credential
	shows  virtualwebauthn.RelyingParty
}

// newPhone makes the phone of an account's owner. The passkey's counter stays 0, as that of most phones does.
func newPhone(account string) *phone {
	return &phone{
		device: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(account), BackupEligible: true, BackupState: true}),
		key:    newKey(),
		shows:  virtualwebauthn.RelyingParty{ID: "portal.firm.example", Origin: portalOrigin},
	}
}

// newKey makes a passkey. The library writes a number that begins with a zero byte too short, and then the key is none.
func newKey() virtualwebauthn.Credential {
	for {
		key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		if len(key.Key.AttestationData()) == 77 {
			return key
		}
	}
}

// makes returns what the browser sends once the phone has made its passkey.
func (p *phone) makes(t *testing.T, options string) string {
	t.Helper()
	return virtualwebauthn.CreateAttestationResponse(p.shows, p.device, p.key, *must(virtualwebauthn.ParseAttestationOptions(options))(t))
}

// answers returns what the browser sends once the person has touched the phone.
func (p *phone) answers(t *testing.T, options string) string {
	t.Helper()
	return virtualwebauthn.CreateAssertionResponse(p.shows, p.device, p.key, *must(virtualwebauthn.ParseAssertionOptions(options))(t))
}

// addPerson adds a person outside the firm with a password, signs them in and returns them with their token.
func (f *firm) addPerson(t *testing.T, name string) (c chat.Caller, token string) {
	t.Helper()
	account := must(f.AddAccount(t.Context(), records.Account{Email: name + "@home.example", Name: name, Password: "right"}))(t)
	must(f.AddParticipant(t.Context(), chat.Participant{Matter: f.matter, Name: name}, account))(t)
	token = must(f.StartSession(t.Context(), account, chat.Origin{Kind: chat.BrowserSession, Device: "her laptop"}))(t)
	return must(f.Caller(t.Context(), token))(t), token
}

func byPassword(password string) records.Proof {
	return records.Proof{Password: password, Site: portalSite}
}

// addPasskey adds a phone's passkey to an account.
func (f *firm) addPasskey(t *testing.T, c chat.Caller, token string, p *phone) (id string) {
	t.Helper()
	options := must(f.StartPasskey(t.Context(), c, byPassword("right")))(t)
	return must(f.AddPasskey(t.Context(), c, token, portalSite, "Phone", p.makes(t, options)))(t)
}

func (f *firm) signInOptions(t *testing.T) string {
	t.Helper()
	return must(f.SignInOptions(portalSite))(t)
}

func (f *firm) signInByPasskey(t *testing.T, answer string) (token string, err error) {
	t.Helper()
	return f.SignInByPasskey(t.Context(), portalSite, answer, "", chat.Origin{Kind: chat.BrowserSession, Device: "her phone"})
}

func TestPasskeys(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		eve, token := f.addPerson(t, "eve")
		if list := must(f.Passkeys(ctx, eve))(t); len(list) != 0 {
			t.Fatal(list)
		}
		if _, err := f.StartPasskey(ctx, eve, byPassword("wrong")); chat.CodeOf(err) != chat.WrongPassword {
			t.Fatal(err)
		}
		if _, err := f.StartPasskey(ctx, eve, records.Proof{Password: "right"}); chat.CodeOf(err) != chat.NotAllowed {
			t.Fatal("where passkeys don't work:", err)
		}
		if _, err := f.SignInOptions(passkey.Site{}); chat.CodeOf(err) != chat.NotAllowed {
			t.Fatal(err)
		}
		if _, err := f.StartPasskey(ctx, f.maya, byPassword("right")); chat.CodeOf(err) != chat.NotFound {
			t.Fatal("a user:", err)
		}
		options := must(f.StartPasskey(ctx, eve, byPassword("right")))(t)
		var asked struct {
			RP                     struct{ ID, Name string }
			User                   struct{ ID, Name, DisplayName string }
			AuthenticatorSelection struct{ ResidentKey, UserVerification string }
			Attestation            string
		}
		if err := json.Unmarshal([]byte(options), &asked); err != nil {
			t.Fatal(err)
		}
		if asked.RP.ID != "portal.firm.example" || asked.User.Name != "eve@home.example" || asked.User.DisplayName != "eve" ||
			asked.AuthenticatorSelection.ResidentKey != "required" || asked.AuthenticatorSelection.UserVerification != "required" || asked.Attestation != "none" {
			t.Fatal(options)
		}
		p := newPhone(eve.Account)
		made := p.makes(t, options)
		if _, err := f.AddPasskey(ctx, eve, token, portalSite, " ", made); chat.CodeOf(err) != chat.Required {
			t.Fatal(err)
		}
		id := must(f.AddPasskey(ctx, eve, token, portalSite, " Phone ", made))(t)
		list := must(f.Passkeys(ctx, eve))(t)
		if len(list) != 1 || list[0].ID != id || list[0].Name != "Phone" || list[0].CreatedAt != f.clock.UnixMilli() || list[0].UsedAt != 0 {
			t.Fatalf("%+v", list)
		}

		in := must(f.signInByPasskey(t, p.answers(t, f.signInOptions(t))))(t)
		if c := must(f.Caller(ctx, in))(t); c.Account != eve.Account || c.Kind != chat.BrowserSession || c.Device != "her phone" {
			t.Fatalf("%+v", c)
		}
		if list := must(f.Passkeys(ctx, eve))(t); list[0].UsedAt != f.clock.UnixMilli() {
			t.Fatalf("%+v", list)
		}

		// A second one is made after the first has answered, and isn't the first again.
		options = must(f.ProveOptions(ctx, eve, portalSite))(t)
		proof := records.Proof{Passkey: p.answers(t, options), Site: portalSite}
		options = must(f.StartPasskey(ctx, eve, proof))(t)
		if excluded := must(virtualwebauthn.ParseAttestationOptions(options))(t); !p.key.IsExcludedForAttestation(*excluded) {
			t.Fatal(options)
		}
		if _, err := f.AddPasskey(ctx, eve, token, portalSite, "Again", p.makes(t, options)); chat.CodeOf(err) != chat.Taken {
			t.Fatal(err)
		}
		if _, err := f.StartPasskey(ctx, eve, proof); chat.CodeOf(err) != chat.WrongPasskey {
			t.Fatal("the same proof again:", err)
		}

		for _, c := range []chat.Caller{f.ana, f.maya} {
			if err := f.RenamePasskey(ctx, c, id, "Mine"); chat.CodeOf(err) != chat.NotFound {
				t.Fatal(err)
			}
			if err := f.RemovePasskey(ctx, c, id); chat.CodeOf(err) != chat.NotFound {
				t.Fatal(err)
			}
		}
		if err := f.RenamePasskey(ctx, eve, id, "Old phone"); err != nil {
			t.Fatal(err)
		}
		if list := must(f.Passkeys(ctx, eve))(t); list[0].Name != "Old phone" {
			t.Fatalf("%+v", list)
		}
		answer := p.answers(t, f.signInOptions(t))
		if err := f.RemovePasskey(ctx, eve, id); err != nil {
			t.Fatal(err)
		}
		if _, err := f.signInByPasskey(t, answer); chat.CodeOf(err) != chat.WrongPasskey {
			t.Fatal(err)
		}
		if got := f.actions(t, eve.Account); !slices.Equal(got, []string{"passkey.add", "passkey.rename", "passkey.remove"}) {
			t.Fatal(got)
		}
	})
}

// An answer counts on the portal's own site, for what it was asked for, once, and not for long.
func TestWrongPasskeyAnswers(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		eve, token := f.addPerson(t, "eve")
		p := newPhone(eve.Account)
		f.addPasskey(t, eve, token, p)
		adding := must(f.StartPasskey(ctx, eve, byPassword("right")))(t)

		elsewhere, otherRP, unverified, copied, stranger := *p, *p, *p, *p, *newPhone(eve.Account)
		elsewhere.shows.Origin = "https://portal.firm.example.evil.example"
		otherRP.shows.ID = "firm.example"
		unverified.device.Options.UserNotVerified = true
		stranger.key.ID = p.key.ID // another key with her passkey's id
		copied.device.Options.BackupEligible, copied.device.Options.BackupState = false, false
		otherHandle := *newPhone(f.ana.Account)
		otherHandle.key = p.key
		late := p.answers(t, f.signInOptions(t))
		f.clock = f.clock.Add(4 * time.Minute)
		for name, answer := range map[string]string{
			"another website":            elsewhere.answers(t, f.signInOptions(t)),
			"another relying party":      otherRP.answers(t, f.signInOptions(t)),
			"no user verification":       unverified.answers(t, f.signInOptions(t)),
			"another key":                stranger.answers(t, f.signInOptions(t)),
			"another account's handle":   otherHandle.answers(t, f.signInOptions(t)),
			"another kind of key":        copied.answers(t, f.signInOptions(t)),
			"an unknown passkey":         newPhone(eve.Account).answers(t, f.signInOptions(t)),
			"too late":                   late,
			"to another question":        p.answers(t, must(f.ProveOptions(ctx, eve, portalSite))(t)),
			"to a question made up":      p.answers(t, `{"challenge":"c2l4dGVlbiBieXRlcyBhdCBsZWFzdA"}`),
			"a new passkey's":            p.makes(t, adding),
			"nothing":                    "",
			"not JSON":                   "let me in",
			"JSON without what it needs": `{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}`,
		} {
			if _, err := f.signInByPasskey(t, answer); chat.CodeOf(err) != chat.WrongPasskey {
				t.Errorf("%s: %v", name, err)
			}
		}
		f.clock = f.clock.Add(-4 * time.Minute)
		ahead := p.answers(t, f.signInOptions(t))
		f.clock = f.clock.Add(-2 * time.Minute)
		if _, err := f.signInByPasskey(t, ahead); chat.CodeOf(err) != chat.WrongPasskey {
			t.Error("made in the future:", err)
		}
		f.clock = f.clock.Add(2 * time.Minute)

		answer := p.answers(t, f.signInOptions(t))
		if other, _ := passkey.At("https://other.example"); true {
			if _, err := f.SignInByPasskey(ctx, other, answer, "", chat.Origin{}); chat.CodeOf(err) != chat.WrongPasskey {
				t.Error("at another address of the portal:", err)
			}
		}
		must(f.signInByPasskey(t, answer))(t)
		if _, err := f.signInByPasskey(t, answer); chat.CodeOf(err) != chat.WrongPasskey {
			t.Error("again:", err)
		}

		// Another node accepts what this one asked for, once.
		another := must(records.Open(ctx, f.db, func() time.Time { return f.clock }))(t)
		answer = p.answers(t, f.signInOptions(t))
		must(another.SignInByPasskey(ctx, portalSite, answer, "", chat.Origin{}))(t)
		if _, err := f.signInByPasskey(t, answer); chat.CodeOf(err) != chat.WrongPasskey {
			t.Error("on both nodes:", err)
		}
	})
}

func TestWrongNewPasskeys(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		eve, token := f.addPerson(t, "eve")
		fay, fayToken := f.addPerson(t, "fay")
		start := func(c chat.Caller) string {
			t.Helper()
			return must(f.StartPasskey(ctx, c, byPassword("right")))(t)
		}
		p := newPhone(eve.Account)
		elsewhere, otherRP, unverified := *p, *p, *p
		elsewhere.shows.Origin = "https://evil.example"
		otherRP.shows.ID = "firm.example"
		unverified.device.Options.UserNotVerified = true
		late := p.makes(t, start(eve))
		f.clock = f.clock.Add(4 * time.Minute)
		for name, made := range map[string]string{
			"for another account":   p.makes(t, start(fay)),
			"another website":       elsewhere.makes(t, start(eve)),
			"another relying party": otherRP.makes(t, start(eve)),
			"no user verification":  unverified.makes(t, start(eve)),
			"too late":              late,
			"an answer":             p.answers(t, f.signInOptions(t)),
			"nothing":               "",
		} {
			if _, err := f.AddPasskey(ctx, eve, token, portalSite, "Phone", made); chat.CodeOf(err) != chat.WrongPasskey {
				t.Errorf("%s: %v", name, err)
			}
		}
		made := p.makes(t, start(eve))
		if _, err := f.AddPasskey(ctx, eve, fayToken, portalSite, "Phone", made); chat.CodeOf(err) != chat.SignedOut {
			t.Error("in another session:", err)
		}
		must(f.AddPasskey(ctx, eve, token, portalSite, "Phone", made))(t)
		if _, err := f.AddPasskey(ctx, eve, token, portalSite, "Phone", made); chat.CodeOf(err) != chat.WrongPasskey {
			t.Error("again:", err)
		}
		// Nobody takes over another's passkey by its id.
		thief := newPhone(fay.Account)
		thief.key.ID = p.key.ID
		if _, err := f.AddPasskey(ctx, fay, fayToken, portalSite, "Phone", thief.makes(t, start(fay))); chat.CodeOf(err) != chat.Taken {
			t.Error("another's id:", err)
		}
		must(f.signInByPasskey(t, p.answers(t, f.signInOptions(t))))(t)

		for range 19 {
			must(f.AddPasskey(ctx, eve, token, portalSite, "Phone", newPhone(eve.Account).makes(t, start(eve))))(t)
		}
		if _, err := f.StartPasskey(ctx, eve, byPassword("right")); chat.CodeOf(err) != chat.TooMany {
			t.Error(err)
		}
	})
}

// Two devices with the same passkey have the same counter at some time. The one that is behind is refused.
func TestCopiedPasskey(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		eve, token := f.addPerson(t, "eve")
		p := newPhone(eve.Account)
		p.device.Options.BackupEligible, p.device.Options.BackupState = false, false
		p.key.Counter = 5
		f.addPasskey(t, eve, token, p)
		copied := *p
		p.key.Counter = 6
		must(f.signInByPasskey(t, p.answers(t, f.signInOptions(t))))(t)
		for _, counter := range []uint32{6, 0} {
			copied.key.Counter = counter
			if _, err := f.signInByPasskey(t, copied.answers(t, f.signInOptions(t))); chat.CodeOf(err) != chat.WrongPasskey {
				t.Fatal(counter, err)
			}
		}
		p.key.Counter = 7
		must(f.signInByPasskey(t, p.answers(t, f.signInOptions(t))))(t)
		var copies []string
		for _, entry := range must(f.Audit(t.Context(), f.admin, records.AuditFilter{}, 500))(t) {
			if entry.Action == "passkey.copied" {
				copies = append(copies, fmt.Sprintf("%t, %s, %s", entry.Account == eve.Account, entry.Device, entry.Changes))
			}
		}
		if want := []string{"true, her phone, [{passkey  Phone} {counter 6 0}]", "true, her phone, [{passkey  Phone} {counter 6 6}]"}; !slices.Equal(copies, want) {
			t.Fatalf("%q", copies)
		}
	})
}

// A passkey lets in whom a password would let in.
func TestWhoSignsInByPasskey(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		eve, token := f.addPerson(t, "eve")
		p := newPhone(eve.Account)
		f.addPasskey(t, eve, token, p)
		if _, err := f.SignInByPasskey(ctx, portalSite, p.answers(t, f.signInOptions(t)), "", chat.Origin{Kind: chat.DesktopSession}); chat.CodeOf(err) != chat.NotAllowed {
			t.Fatal("with the app:", err)
		}
		setAccount := func(is string) {
			t.Helper()
			if err := f.db.Tx(ctx, func(tx *sqldb.Tx) error { return tx.Exec(`UPDATE accounts SET `+is+` WHERE id = $1`, eve.Account) }); err != nil {
				t.Fatal(err)
			}
		}
		setAccount("is_user = true")
		if _, err := f.signInByPasskey(t, p.answers(t, f.signInOptions(t))); chat.CodeOf(err) != chat.NotAllowed {
			t.Fatal("a user in a browser:", err)
		}
		setAccount("is_user = false, active = false")
		if _, err := f.signInByPasskey(t, p.answers(t, f.signInOptions(t))); chat.CodeOf(err) != chat.WrongPasskey {
			t.Fatal("deactivated:", err)
		}
		setAccount("active = true")
		for _, matter := range must(f.Heads(ctx, eve))(t) {
			page := must(f.Changes(ctx, eve, matter.Matter, records.Position{}, 100))(t)
			if err := f.RemoveParticipant(ctx, f.maya, page.Participants[0].ID); err != nil {
				t.Fatal(err)
			}
		}
		in := must(f.signInByPasskey(t, p.answers(t, f.signInOptions(t))))(t)
		if heads := must(f.Heads(ctx, must(f.Caller(ctx, in))(t)))(t); len(heads) != 0 {
			t.Fatalf("a removed participant sees %+v", heads)
		}
	})
}

func TestChangePasswordByPasskey(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		eve, token := f.addPerson(t, "eve")
		fay, fayToken := f.addPerson(t, "fay")
		p, fays := newPhone(eve.Account), newPhone(fay.Account)
		f.addPasskey(t, eve, token, p)
		f.addPasskey(t, fay, fayToken, fays)
		if _, err := f.ProveOptions(ctx, f.ana, portalSite); chat.CodeOf(err) != chat.NotFound {
			t.Fatal("without a passkey:", err)
		}
		prove := func(c chat.Caller) string {
			t.Helper()
			return must(f.ProveOptions(ctx, c, portalSite))(t)
		}
		in := must(f.signInByPasskey(t, p.answers(t, f.signInOptions(t))))(t)
		must(f.RememberDevice(ctx, token, ""))(t)
		link := must(f.AddReset(ctx, f.admin, eve.Account))(t)
		for name, tt := range map[string]struct {
			answer, password string
			want             chat.Code
		}{
			"to sign in":               {p.answers(t, f.signInOptions(t)), longPassword, chat.WrongPasskey},
			"another's passkey":        {fays.answers(t, prove(eve)), longPassword, chat.WrongPasskey},
			"to another's question":    {p.answers(t, prove(fay)), longPassword, chat.WrongPasskey},
			"a password that is short": {p.answers(t, prove(eve)), "short", chat.WeakPassword},
			"nothing":                  {"", longPassword, chat.WrongPasskey},
		} {
			if err := f.ChangePasswordByPasskey(ctx, eve, in, portalSite, tt.answer, tt.password); chat.CodeOf(err) != tt.want {
				t.Errorf("%s: %v", name, err)
			}
		}
		answer := p.answers(t, prove(eve))
		if err := f.ChangePasswordByPasskey(ctx, eve, in, portalSite, answer, longPassword); err != nil {
			t.Fatal(err)
		}
		if err := f.ChangePasswordByPasskey(ctx, eve, in, portalSite, answer, longPassword+"!"); chat.CodeOf(err) != chat.WrongPasskey {
			t.Fatal("again:", err)
		}
		if f.signedOut(t, in) || !f.signedOut(t, token) {
			t.Fatal("her other session must end, and this one not")
		}
		if err := f.ChangePasswordByPasskey(ctx, eve, in, portalSite, p.answers(t, prove(eve)), longPassword); chat.CodeOf(err) != chat.WeakPassword {
			t.Fatal("the same password:", err)
		}
		if _, _, err := f.UseReset(ctx, link.Secret, longPassword, chat.Origin{}); chat.CodeOf(err) != chat.LinkExpired {
			t.Fatal(err)
		}
		must(f.SignInByPassword(ctx, "eve@home.example", longPassword, chat.Origin{}))(t)
		if err := f.ChangePasswordByPasskey(ctx, eve, token, portalSite, p.answers(t, prove(eve)), longPassword+"?"); chat.CodeOf(err) != chat.SignedOut {
			t.Fatal("in a session that has ended:", err)
		}

		// A link from the firm is for someone who lost everything, perhaps to someone else.
		link = must(f.AddReset(ctx, f.admin, eve.Account))(t)
		if _, _, err := f.UseReset(ctx, link.Secret, longPassword+"?", chat.Origin{}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.signInByPasskey(t, p.answers(t, f.signInOptions(t))); chat.CodeOf(err) != chat.WrongPasskey {
			t.Fatal("after a reset:", err)
		}
	})
}

// Used challenges stay long after they have expired, so that a clock that goes back makes none valid again.
func TestHousekeepingRemovesUsedChallenges(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		eve, token := f.addPerson(t, "eve")
		p := newPhone(eve.Account)
		f.addPasskey(t, eve, token, p)
		must(f.signInByPasskey(t, p.answers(t, f.signInOptions(t))))(t)
		must(f.signInByPasskey(t, p.answers(t, f.signInOptions(t))))(t)
		for _, days := range []struct{ later, left int }{{29, 3}, {2, 0}} {
			f.clock = f.clock.Add(time.Duration(days.later) * 24 * time.Hour)
			f.tidy(t, 0)
			if left := f.count(t, "used_challenges"); left != days.left {
				t.Fatalf("%d are left, want %d", left, days.left)
			}
		}
	})
}
