package records_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
)

// Sessions end after some time without use, and in any case in the end. The firm sets both.
func TestSessionsExpire(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx, start := t.Context(), f.clock
		settings := func(idle, clientIdle, absolute int) *chat.FirmSettings {
			s := chat.DefaultFirmSettings
			s.IdleDays, s.ClientIdleDays, s.AbsoluteDays = idle, clientIdle, absolute
			return &s
		}
		for _, tt := range []struct {
			name     string
			who      chat.Caller
			settings *chat.FirmSettings
			used     []int // on which days
			until    int   // on which day it has expired
		}{
			{"a user's, unused", f.maya, settings(30, 30, 180), nil, 30},
			{"a participant's, unused", f.ana, settings(30, 30, 180), nil, 30},
			{"used", f.maya, settings(30, 30, 180), []int{20, 40, 60}, 90},
			{"used all the time", f.maya, settings(30, 30, 180), []int{25, 50, 75, 100, 125, 150, 170}, 180},
			{"a user's, with another limit", f.maya, settings(3, 200, 180), []int{2}, 5},
			{"a participant's, with another limit", f.ana, settings(3, 200, 100), []int{90}, 100},
			{"until the browser closes", f.ana, settings(30, 0, 180), []int{6}, 13},
			{"a user's, where participants' end with the browser", f.maya, settings(30, 0, 180), nil, 30},
		} {
			f.clock = start
			if err := f.SetSettings(ctx, f.admin, *tt.settings); err != nil {
				t.Fatal(err)
			}
			token := must(f.StartSession(ctx, tt.who.Account, chat.Origin{}))(t)
			listed := func() int { return len(must(f.Sessions(ctx, tt.who, token))(t)) }
			for _, day := range tt.used {
				f.clock = start.Add(time.Duration(day) * days)
				must(f.Caller(ctx, token))(t)
			}
			f.clock = start.Add(time.Duration(tt.until)*days - time.Second)
			if listed() == 0 {
				t.Errorf("%s: not listed just before the end", tt.name)
			}
			f.clock = start.Add(time.Duration(tt.until) * days)
			_, err := f.Caller(ctx, token)
			if chat.CodeOf(err) != chat.SignedOut || err.Error() != "Please sign in again." {
				t.Errorf("%s: on day %d: %v", tt.name, tt.until, err)
			}
			if listed() != 0 {
				t.Errorf("%s: listed after the end", tt.name)
			}
			if n := f.count(t, "sessions"); n != 1 {
				t.Errorf("%s: %d sessions are stored, want 1", tt.name, n)
			}
			f.exec(t, `DELETE FROM sessions`)
		}
	})
}

// While the computer's clock is wrong, sessions may be refused, but none is lost.
func TestWrongClockEndsNoSession(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx, start := t.Context(), f.clock
		token := must(f.StartSession(ctx, f.maya.Account, chat.Origin{}))(t)
		f.tidy(t, 0)
		for _, wrong := range []time.Duration{3650 * days, -3650 * days} {
			f.clock = start.Add(wrong)
			for range 3 {
				_, err := f.Caller(ctx, token)
				if refused := chat.CodeOf(err) == chat.SignedOut; refused != (wrong > 0) {
					t.Errorf("with a clock %s off: %v", wrong, err)
				}
				must(f.Tidy(ctx, 0))(t)
				f.clock = f.clock.Add(time.Hour)
			}
		}
		f.clock = start.Add(time.Hour)
		must(f.Caller(ctx, token))(t)
	})
}

// The list of sessions says when and from where each was last used.
func TestUseOfASessionIsNoted(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx, start := t.Context(), f.clock
		token := must(f.StartSession(ctx, f.maya.Account, chat.Origin{Address: "203.0.113.1", Device: "laptop", Kind: chat.DesktopSession}))(t)
		for _, tt := range []struct {
			after   time.Duration
			address string
			usedAt  time.Duration
			listed  string
		}{
			{time.Minute, "203.0.113.1", 0, "203.0.113.1"},
			{4 * time.Minute, "203.0.113.2", 0, "203.0.113.1"},
			{6 * time.Minute, "203.0.113.2", 6 * time.Minute, "203.0.113.2"},
			{65 * time.Minute, "203.0.113.2", 6 * time.Minute, "203.0.113.2"},
			{67 * time.Minute, "203.0.113.2", 67 * time.Minute, "203.0.113.2"},
			{200 * time.Minute, "", 200 * time.Minute, "203.0.113.2"},
		} {
			f.clock = start.Add(tt.after)
			must(f.CallerFrom(ctx, token, tt.address))(t)
			got := must(f.Sessions(ctx, f.maya, token))(t)[0]
			want := chat.Session{ID: got.ID, Device: "laptop", Kind: chat.DesktopSession, CreatedAt: start.UnixMilli(),
				UsedAt: start.Add(tt.usedAt).UnixMilli(), Address: tt.listed, Current: true}
			if got != want {
				t.Errorf("after %s: %+v, want %+v", tt.after, got, want)
			}
		}
	})
}

// Users sign in with the desktop app and participants in a browser. A program that isn't for an account gets no session,
// and only learns so with the right password.
func TestProgramThatIsntForTheAccount(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		must(f.AddAccount(ctx, records.Account{Email: "dora", Name: "Dora", Password: "right"}))(t)
		link := must(f.AddLink(ctx, f.ana.Account, f.clock.Add(time.Hour)))(t)
		byPassword := func(email, password string) func(chat.Origin) error {
			return func(from chat.Origin) error { _, err := f.SignInByPassword(ctx, email, password, from); return err }
		}
		for _, tt := range []struct {
			name   string
			signIn func(chat.Origin) error
			kind   chat.SessionKind
			want   chat.Code
		}{
			{"a user in a browser", byPassword("maya", "right"), chat.BrowserSession, chat.NotAllowed},
			{"a user in a browser with a wrong password", byPassword("maya", "wrong"), chat.BrowserSession, chat.WrongPassword},
			{"a participant in the app", byPassword("dora", "right"), chat.DesktopSession, chat.NotAllowed},
			{"a participant in the app with a wrong password", byPassword("dora", "wrong"), chat.DesktopSession, chat.WrongPassword},
			{"a participant's link in the app", func(from chat.Origin) error { _, err := f.SignInByLink(ctx, link, from); return err }, chat.DesktopSession, chat.NotAllowed},
			{"a user in the app", byPassword("maya", "right"), chat.DesktopSession, ""},
			{"a participant in a browser", byPassword("dora", "right"), chat.BrowserSession, ""},
			{"a program that doesn't say", byPassword("maya", "right"), "", ""},
		} {
			before := f.count(t, "sessions")
			err := tt.signIn(chat.Origin{Kind: tt.kind})
			if tt.want == "" && err != nil || tt.want != "" && chat.CodeOf(err) != tt.want {
				t.Errorf("%s: %v, want code %q", tt.name, err, tt.want)
			}
			if added := f.count(t, "sessions") - before; (added == 1) != (err == nil) {
				t.Errorf("%s: %d sessions were added", tt.name, added)
			}
		}
	})
}

func TestAdminsEndSessions(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		for _, who := range []chat.Caller{f.maya, f.ana} {
			lost, device := f.signInOn(t, who.Account, "")
			kept, _ := f.signInOn(t, who.Account, "")
			sessions := must(f.AccountSessions(ctx, f.admin, who.Account, "x"))(t)
			if len(sessions) != 2 || sessions[1].Device != "device" || sessions[0].Current {
				t.Fatalf("%+v", sessions)
			}
			other := must(f.StartSession(ctx, f.other.Account, chat.Origin{}))(t)
			for _, tt := range []struct {
				by          chat.Caller
				account, id string
				want        chat.Code
			}{
				{f.maya, who.Account, sessions[1].ID, chat.NotAllowed},
				{f.ana, who.Account, sessions[1].ID, chat.NotFound},
				{f.admin, f.other.Account, sessions[1].ID, chat.NotFound}, // another account's
				{f.admin, who.Account, "x", chat.NotFound},
				{f.admin, who.Account, sessions[1].ID, ""},
				{f.admin, who.Account, sessions[1].ID, chat.NotFound}, // again
			} {
				err := f.EndAccountSession(ctx, tt.by, tt.account, tt.id, false)
				if tt.want == "" && err != nil || tt.want != "" && chat.CodeOf(err) != tt.want {
					t.Errorf("%s ends a session of %s: %v, want %q", tt.by.Name, who.Name, err, tt.want)
				}
			}
			if !f.signedOut(t, lost) || f.signedOut(t, kept) || f.signedOut(t, other) || f.knows(t, who.Account, device) {
				t.Errorf("%s: the wrong sessions have ended", who.Name)
			}
			if got := f.actions(t, who.Account); !slices.Equal(got, []string{"account.signout"}) {
				t.Errorf("the audit trail has %v", got)
			}
		}
		for caller, want := range map[chat.Caller]chat.Code{f.maya: chat.NotAllowed, f.ana: chat.NotFound} {
			if _, err := f.AccountSessions(ctx, caller, caller.Account, ""); chat.CodeOf(err) != want {
				t.Errorf("%s: %v", caller.Name, err)
			}
		}
		if _, err := f.AccountSessions(ctx, f.admin, "nobody", ""); chat.CodeOf(err) != chat.NotFound {
			t.Error(err)
		}
	})
}

func TestChangeEmail(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		token := must(f.SignInByPassword(ctx, "maya", "right", chat.Origin{}))(t)
		must(f.AddAccount(ctx, records.Account{Email: "ze\u0301@client.example", Name: "Z"}))(t)
		for _, tt := range []struct {
			by              chat.Caller
			password, email string
			want            chat.Code
		}{
			{f.maya, "wrong", "hart@firm.example", chat.WrongPassword},
			{f.maya, "", "hart@firm.example", chat.WrongPassword},
			{f.maya, "right", "", chat.Required},
			{f.maya, "right", "no email", chat.Malformed},
			{f.maya, "right", "Z\u00c9@client.example", chat.Taken},
			{f.ana, "", "ana@client.example", chat.NotFound},
			{f.maya, "right", " Hart@Firm.example ", ""},
			{f.maya, "right", "hart@firm.example", ""}, // again
		} {
			err := f.ChangeEmail(ctx, tt.by, tt.password, tt.email)
			if tt.want == "" && err != nil || tt.want != "" && chat.CodeOf(err) != tt.want {
				t.Errorf("%s to %q: %v, want %q", tt.by.Name, tt.email, err, tt.want)
			}
		}
		if f.signedOut(t, token) {
			t.Error("the session has ended")
		}
		if self, err := f.Self(ctx, f.maya.Account); err != nil || self.Email != "hart@firm.example" {
			t.Error(self, err)
		}
		must(f.SignInByPassword(ctx, "hart@firm.example", "right", chat.Origin{}))(t)
		if _, err := f.SignInByPassword(ctx, "maya", "right", chat.Origin{}); chat.CodeOf(err) != chat.WrongPassword {
			t.Errorf("the old email: %v", err)
		}
		if got := f.actions(t, f.maya.Account); !slices.Equal(got, []string{"email.refuse", "account.email"}) {
			t.Errorf("the audit trail has %v", got)
		}
		dora := must(f.AddAccount(ctx, records.Account{Email: "dora", Name: "Dora", Password: "right", User: true}))(t)
		callers := []chat.Caller{f.maya, {Account: dora, Name: "Dora", User: true}}
		winner(t, together(
			func() error { return f.ChangeEmail(ctx, callers[0], "right", "both@firm.example") },
			func() error { return f.ChangeEmail(ctx, callers[1], "right", "both@firm.example") }), chat.Taken)
	})
}

func TestFirmSettings(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		if got := must(f.Settings(ctx, f.maya))(t); got != chat.DefaultFirmSettings {
			t.Errorf("a new firm's: %+v", got)
		}
		to := chat.FirmSettings{IdleDays: 7, ClientIdleDays: 0, AbsoluteDays: 90, OfflineDays: 0, TeamManages: true}
		for _, tt := range []struct {
			by   chat.Caller
			edit func(*chat.FirmSettings)
			want chat.Code
		}{
			{f.maya, func(*chat.FirmSettings) {}, chat.NotAllowed},
			{f.ana, func(*chat.FirmSettings) {}, chat.NotFound},
			{f.admin, func(s *chat.FirmSettings) { s.IdleDays = 0 }, chat.Malformed},
			{f.admin, func(s *chat.FirmSettings) { s.IdleDays = 366 }, chat.Malformed},
			{f.admin, func(s *chat.FirmSettings) { s.ClientIdleDays = -1 }, chat.Malformed},
			{f.admin, func(s *chat.FirmSettings) { s.AbsoluteDays = 401 }, chat.Malformed},
			{f.admin, func(s *chat.FirmSettings) { s.OfflineDays = -1 }, chat.Malformed},
		} {
			settings := to
			tt.edit(&settings)
			if err := f.SetSettings(ctx, tt.by, settings); chat.CodeOf(err) != tt.want {
				t.Errorf("%s sets %+v: %v, want %s", tt.by.Name, settings, err, tt.want)
			}
		}
		if got := must(f.Settings(ctx, f.maya))(t); got != chat.DefaultFirmSettings {
			t.Errorf("a refused change is stored: %+v", got)
		}
		if err := f.SetSettings(ctx, f.admin, to); err != nil {
			t.Fatal(err)
		}
		if got := must(f.Settings(ctx, f.maya))(t); got != to {
			t.Errorf("%+v", got)
		}
		if _, err := f.Settings(ctx, f.ana); chat.CodeOf(err) != chat.NotFound {
			t.Error(err)
		}
		entry := must(f.Audit(ctx, f.admin, records.AuditFilter{}, 1))(t)[0]
		if entry.Action != "firm.settings" || len(entry.Changes) != 6 {
			t.Errorf("%+v", entry)
		}
	})
}

// A session that began while the portal's clock was ahead lasts as long as others once the clock is right. A clock that is
// behind for a while shortens none.
func TestSessionFromAClockThatWasAhead(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx, start := t.Context(), f.clock
		f.exec(t, `UPDATE housekeeping SET clock = $1`, start.Add(-time.Hour).UnixMilli())
		at := func(after time.Duration) { f.clock = start.Add(after) }
		ends := func(name, token string, after time.Duration) {
			t.Helper()
			for last := time.Duration(0); last < after; last += 25 * days { // so that it isn't idle
				at(last)
				must(f.Caller(ctx, token))(t)
			}
			at(after - time.Minute)
			must(f.Caller(ctx, token))(t)
			at(after)
			if _, err := f.Caller(ctx, token); chat.CodeOf(err) != chat.SignedOut {
				t.Errorf("%s: lasts longer than %s: %v", name, after, err)
			}
		}
		at(400 * days)
		ahead := must(f.StartSession(ctx, f.maya.Account, chat.Origin{}))(t)
		unused := must(f.StartSession(ctx, f.maya.Account, chat.Origin{}))(t)
		at(4 * time.Minute)
		nearly := must(f.StartSession(ctx, f.maya.Account, chat.Origin{}))(t)
		at(0)
		must(f.Caller(ctx, unused))(t)
		ends("400 days ahead", ahead, 180*days)
		at(30 * days)
		if _, err := f.Caller(ctx, unused); chat.CodeOf(err) != chat.SignedOut {
			t.Errorf("unused for too long: %v", err)
		}
		ends("from a node whose clock is a little ahead", nearly, 180*days+4*time.Minute)

		at(0)
		usual := must(f.StartSession(ctx, f.maya.Account, chat.Origin{}))(t)
		at(-100 * days)
		must(f.Caller(ctx, usual))(t)
		ends("while the clock was behind", usual, 180*days)
	})
}

// One stream reads the settings for all. While the database hangs, the others go on with what was read last.
func TestRecentSettings(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		before := must(f.RecentSettings(t.Context()))(t)
		f.exec(t, `UPDATE firm_settings SET idle_days = idle_days + 1`)
		if got, err := f.RecentSettings(t.Context()); err != nil || got != before {
			t.Fatalf("read again at once: %+v, %v", got, err)
		}

		f.clock = f.clock.Add(time.Minute)
		done := f.ReadSettingsSlowly()
		gone, cancel := context.WithCancel(t.Context())
		cancel() // so that a read would fail
		if got, err := f.RecentSettings(gone); err != nil || got != before {
			t.Fatalf("waited for the read: %+v, %v", got, err)
		}
		done()
		if _, err := f.RecentSettings(gone); err == nil {
			t.Fatal("didn't read")
		}
		if after := must(f.RecentSettings(t.Context()))(t); after == before {
			t.Fatalf("still %+v", after)
		}
	})
}
