package records_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/password/passwordtest"
	"matterline/app/records"
	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres"
)

// otherPIN returns a PIN that differs from a right one.
func otherPIN(pin string) string {
	if pin == "123456" {
		return "654321"
	}
	return "123456"
}

// invitedWithPIN adds a participant with an invitation that asks for a PIN.
func (f *firm) invitedWithPIN(t *testing.T, name string) (id, secret, pin string) {
	t.Helper()
	id = must(f.PutOnPortal(t.Context(), f.maya, chat.Participant{Matter: f.matter, Name: name, Role: "Client"}))(t)
	secret, pin, _, err := f.InviteWithPIN(t.Context(), f.maya, id)
	if err != nil {
		t.Fatal(err)
	}
	return id, secret, pin
}

// participant returns a participant as the assigned user sees them.
func (f *firm) participant(t *testing.T, id string) chat.Participant {
	t.Helper()
	for _, p := range must(f.Changes(t.Context(), f.maya, f.matter, records.Position{}, 100))(t).Participants {
		if p.ID == id {
			return p
		}
	}
	t.Fatal("no such participant")
	return chat.Participant{}
}

func TestInvitationWithPIN(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		dora, secret, pin := f.invitedWithPIN(t, "Dora")
		if !regexp.MustCompile(`^\d{6}$`).MatchString(pin) {
			t.Fatalf("PIN %q", pin)
		}
		accept := func(secret, pin string) error {
			_, _, err := f.Accept(ctx, secret, pin, "dora@home.example", longPassword, chat.Origin{Address: "203.0.113.7"})
			return err
		}
		want := func(code chat.Code, field, message string, err error) {
			t.Helper()
			e, is := err.(*chat.Error)
			if !is || e.Code != code || e.Field != field || message != "" && e.Message != message {
				t.Fatalf("%#v, want %s %s %q", err, code, field, message)
			}
		}
		want(chat.Required, "pin", "", accept(secret, "")) // it doesn't count
		want(chat.WrongPIN, "pin", "Wrong PIN. You have 4 more attempts.", accept(secret, otherPIN(pin)))
		for _, slip := range []string{"12", pin[1:], pin + "1", "letter", pin[:5] + "x"} { // they don't count
			want(chat.Malformed, "pin", "The PIN has 6 digits.", accept(secret, slip))
		}
		want(chat.WrongPIN, "pin", "Wrong PIN. You have 3 more attempts.", accept(secret, otherPIN(pin)))
		want(chat.LinkExpired, "link", "", accept("another link", pin))
		before := f.participant(t, dora)
		for range 2 {
			if err := accept(secret, otherPIN(pin)); chat.CodeOf(err) != chat.WrongPIN {
				t.Fatal(err)
			}
		}
		if after := f.participant(t, dora); after != before || after.LinkBlocked != 0 || after.InvitedUntil == 0 {
			t.Fatalf("wrong PINs changed the participant to %+v", after)
		}
		want(chat.LinkExpired, "link", "Wrong PIN. After 5 wrong PINs, this link no longer works. Ask the firm for a new one.", accept(secret, otherPIN(pin)))
		want(chat.LinkExpired, "link", "This link no longer works. Ask the firm for a new one.", accept(secret, pin)) // the right PIN is too late
		if p := f.participant(t, dora); p.LinkBlocked != f.clock.UnixMilli() || p.InvitedUntil != 0 || p.Version == before.Version || p.Joined {
			t.Fatalf("a blocked link: %+v", p)
		}
		if entries := must(f.Audit(ctx, f.admin, records.AuditFilter{Matter: f.matter}, 5))(t); entries[0].Action != "participant.wrong_pin" || entries[4].Action != "participant.wrong_pin" ||
			entries[0].Subject != dora || entries[0].Account != "" || entries[0].Address != "203.0.113.7" {
			t.Fatalf("%+v", entries)
		}

		// A new link works, and its PIN may be wrong as often.
		secret, pin, _, err := f.InviteWithPIN(ctx, f.maya, dora)
		if err != nil {
			t.Fatal(err)
		}
		want(chat.WrongPIN, "pin", "Wrong PIN. You have 4 more attempts.", accept(secret, otherPIN(pin)))
		if err := accept(secret, pin); err != nil {
			t.Fatal(err)
		}
		if p := f.participant(t, dora); p.Email != "dora@home.example" || p.LinkBlocked != 0 || !p.Joined {
			t.Fatalf("%+v", p)
		}

		// A link without a PIN doesn't ask for one, even after one with a PIN.
		erik, _, _ := f.invitedWithPIN(t, "Erik")
		plain, _, err := f.Invite(ctx, f.maya, erik)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := f.Accept(ctx, plain, "", "erik@home.example", longPassword, chat.Origin{}); err != nil {
			t.Fatal(err)
		}
	})
}

// Without the PIN, a link tells nobody which emails have accounts.
func TestNoPINNoAnswer(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		_, secret, pin := f.invitedWithPIN(t, "Dora")
		must(f.AddAccount(t.Context(), records.Account{Email: "known@home.example", Name: "Known", Password: longPassword}))(t)
		var messages []string
		for _, email := range []string{"known@home.example", "unknown@home.example"} {
			_, _, err := f.Accept(t.Context(), secret, "", email, "wrong and long", chat.Origin{})
			messages = append(messages, err.Error())
		}
		if messages[0] != messages[1] {
			t.Fatal(messages)
		}
		if _, _, err := f.Accept(t.Context(), secret, pin, "known@home.example", "wrong and long", chat.Origin{}); chat.CodeOf(err) != chat.WrongPassword {
			t.Fatal(err)
		}
	})
}

// The store has neither the PIN nor a hash of it that could be tried without the link.
func TestPINIsHashedWithItsLink(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		a, _, _ := f.invitedWithPIN(t, "Dora")
		stored := func() string {
			return must(sqldb.Get(t.Context(), f.db, sqldb.Column[string], `SELECT pin FROM invitations WHERE participant = $1`, a))(t)
		}
		hashes := map[string]bool{}
		for range 20 {
			_, pin, _, err := f.InviteWithPIN(t.Context(), f.maya, a)
			if err != nil {
				t.Fatal(err)
			}
			if len(stored()) != 64 || stored() == records.HashSecret(pin) || hashes[stored()] {
				t.Fatalf("%q for the PIN %s", stored(), pin)
			}
			hashes[stored()] = true
		}
	})
}

// codesOf counts the codes of errors. The code of a success is empty.
func codesOf(errs []error) map[chat.Code]int {
	codes := map[chat.Code]int{}
	for _, err := range errs {
		if err == nil {
			codes[""]++
		} else {
			codes[chat.CodeOf(err)]++
		}
	}
	return codes
}

// Guessing in parallel gets as many tries as guessing one by one: the fifth ends the link.
func TestSixWrongPINsAtOnce(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		dora, secret, pin := f.invitedWithPIN(t, "Dora")
		guess := func() error {
			_, _, err := f.Accept(t.Context(), secret, otherPIN(pin), "dora@home.example", longPassword, chat.Origin{})
			return err
		}
		codes := codesOf(together(guess, guess, guess, guess, guess, guess))
		if codes[chat.WrongPIN] != 4 || codes[chat.LinkExpired] != 2 {
			t.Fatal(codes)
		}
		if _, _, err := f.Accept(t.Context(), secret, pin, "dora@home.example", longPassword, chat.Origin{}); chat.CodeOf(err) != chat.LinkExpired {
			t.Fatal(err)
		}
		wrong := must(sqldb.Get(t.Context(), f.db, sqldb.Column[int], `SELECT wrong_pins FROM invitations WHERE participant = $1`, dora))(t)
		if wrong != 5 {
			t.Fatalf("%d tries", wrong)
		}
	})
}

// The right PIN among five wrong ones, all at once: either it is in time, or the link has ended. Never both, and never
// more than five tries.
func TestRightPINAmongWrongOnes(t *testing.T) {
	passwordtest.HashSlowly(t)
	on(t, func(t *testing.T, f *firm) {
		dora, secret, pin := f.invitedWithPIN(t, "Dora")
		accept := func(pin string) func() error {
			return func() error {
				_, _, err := f.Accept(t.Context(), secret, pin, "dora@home.example", longPassword, chat.Origin{})
				return err
			}
		}
		wrong := accept(otherPIN(pin))
		codes := codesOf(together(wrong, wrong, accept(pin), wrong, wrong, wrong))
		p := f.participant(t, dora)
		switch joined := codes[""] == 1; {
		case joined != p.Joined, joined == (p.LinkBlocked != 0), codes[""] > 1, codes[chat.WrongPIN] > 4:
			t.Fatalf("%v, %+v", codes, p)
		case codes[""]+codes[chat.WrongPIN]+codes[chat.LinkExpired] != 6:
			t.Fatal(codes)
		}
	})
}

// Nodes share the count of wrong PINs.
func TestWrongPINsOnTwoNodes(t *testing.T) {
	url := migratedDatabase.URL(t)
	open := func() *sqldb.DB { return must(postgres.Open(t.Context(), url, 0))(t) }
	f := newFirm(t, open())
	other := must(records.Open(t.Context(), open(), func() time.Time { return f.clock }))(t)
	t.Cleanup(func() { other.Close() })
	_, secret, pin := f.invitedWithPIN(t, "Dora")
	guessOn := func(s *records.Store) func() error {
		return func() error {
			_, _, err := s.Accept(t.Context(), secret, otherPIN(pin), "dora@home.example", longPassword, chat.Origin{})
			return err
		}
	}
	codes := codesOf(together(guessOn(f.Store), guessOn(other), guessOn(f.Store), guessOn(other), guessOn(f.Store), guessOn(other)))
	if codes[chat.WrongPIN] != 4 || codes[chat.LinkExpired] != 2 {
		t.Fatal(codes)
	}
	for _, s := range []*records.Store{f.Store, other} {
		if _, _, err := s.Accept(t.Context(), secret, pin, "dora@home.example", longPassword, chat.Origin{}); chat.CodeOf(err) != chat.LinkExpired {
			t.Fatal(err)
		}
	}
}

// Without the right PIN, a link makes the portal neither hash nor judge a password.
func TestPINComesBeforeThePassword(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		_, secret, pin := f.invitedWithPIN(t, "Dora")
		for _, tt := range []struct {
			pin  string
			want chat.Code
		}{{"", chat.Required}, {otherPIN(pin), chat.WrongPIN}, {pin, chat.WeakPassword}} {
			if _, _, err := f.Accept(t.Context(), secret, tt.pin, "dora@home.example", "short", chat.Origin{}); chat.CodeOf(err) != tt.want {
				t.Fatalf("PIN %q: %v, want %s", tt.pin, err, tt.want)
			}
		}
	})
}

// Exactly one of six people who accept an invitation at the same time joins.
func TestSixAcceptAtOnceWithPIN(t *testing.T) {
	passwordtest.HashSlowly(t)
	on(t, func(t *testing.T, f *firm) {
		dora, secret, pin := f.invitedWithPIN(t, "Dora")
		var accepts []func() error
		for _, email := range []string{"a@home.example", "b@home.example", "c@home.example", "d@home.example", "e@home.example", "f@home.example"} {
			accepts = append(accepts, func() error {
				_, _, err := f.Accept(t.Context(), secret, pin, email, longPassword, chat.Origin{})
				return err
			})
		}
		codes := codesOf(together(accepts...))
		if codes[""] != 1 || codes[chat.LinkExpired] != 5 {
			t.Fatal(codes)
		}
		if p := f.participant(t, dora); !p.Joined || p.Email == "" {
			t.Fatalf("%+v", p)
		}
	})
}

// inScript writes the digits of a code as the keyboard of another language does, which has its 0 at zero.
func inScript(zero rune, code string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return zero + r - '0'
		}
		return r
	}, code)
}

// People type codes and PINs with the digits of their own language, and with spaces where they heard a pause.
func TestCodesInTheDigitsOfOtherLanguages(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		for i, zero := range []rune{'\u0660', '\u06f0', '\u0966', '\u0e50', '\uff10', '\U0001e950'} { // Arabic, Persian, Hindi, Thai, wide, Fulani
			_, secret, pin := f.invitedWithPIN(t, fmt.Sprint("Dora ", i))
			if _, _, err := f.Accept(ctx, secret, inScript(zero, pin[:3]+" "+pin[3:]), fmt.Sprintf("dora-%d@home.example", i), longPassword, chat.Origin{}); err != nil {
				t.Errorf("a PIN in digits from %U: %v", zero, err)
			}
		}
		secret, recovery := f.turnOn(t)
		f.clock = f.clock.Add(time.Minute)
		must(f.signIn(t, inScript('\u0660', f.shows(t, secret, 0))))(t)
		must(f.signIn(t, inScript('\u06f0', strings.ToUpper(recovery[0]))))(t)
	})
}
