package desktop

import (
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
)

// These methods work while the copy is locked. They show nothing of it.
var alsoWhileLocked = strings.Fields(`Session SignIn SignInWithCode SetUpTwoStep SignInAtProvider SignInByPasskey CancelSignIn StartDemo CreateFirm CheckPortal Unsent SignOut Accounts SwitchTo SwitchToChat ShowStart DismissNotice
	Settings ChangeSettings Pause About OpenDataFolder SaveDiagnostics Freshness TryAgain SetChatInSight ScreenLocked Answer TakeChatToOpen Link TakeLinkProblem SaveDraft`)

// A copy that hasn't reached the portal for two weeks shows nothing by any method, in the tray or in notifications, until
// it has. What the user wrote is kept.
func TestLockedCopyShowsNothing(t *testing.T) {
	o := newOffice(t)
	var clock atomic.Int64
	clock.Store(time.Now().UnixMilli())
	o.now = func() time.Time { return time.UnixMilli(clock.Load()) }
	o.signIn()
	o.anaSends("privileged")
	<-o.notifications.shown
	o.untilAlerts(1)
	o.goAway()
	_, err := o.Send(o.toAna, []string{o.toAna}, "kept", false)
	check(t, err)
	clock.Add((14*24*time.Hour - time.Minute).Milliseconds())
	if rows, err := o.Matters(nil); len(rows) != 1 || err != nil {
		t.Fatal(rows, err)
	}
	clock.Add((2 * time.Minute).Milliseconds())

	app := reflect.ValueOf(o.App)
	for i := range app.NumMethod() {
		name, method := app.Type().Method(i).Name, app.Method(i)
		if slices.Contains(alsoWhileLocked, name) {
			continue
		}
		in := make([]reflect.Value, method.Type().NumIn())
		for n := range in {
			in[n] = reflect.Zero(method.Type().In(n))
			if in[n].Kind() == reflect.String {
				in[n] = reflect.ValueOf("pdf").Convert(in[n].Type()) // also a kind of export
			}
		}
		if name == "MarkAlertRead" || name == "SetAlertReminder" { // of any account
			in[0] = reflect.ValueOf(o.Session().Key)
		}
		out := method.Call(in)
		err, _ := out[len(out)-1].Interface().(error)
		if chat.CodeOf(err) != chat.CopyLocked {
			t.Errorf("%s: %v", name, err)
		}
		for _, value := range out[:len(out)-1] {
			if !value.IsZero() {
				t.Errorf("%s returned %v", name, value)
			}
		}
	}
	check(t, o.SaveDraft(o.toAna, "half a thought", false))
	// The window says it as soon as a method was refused, and not only within a minute.
	o.waitEvent(EventSession, func([]string) bool { return o.Session().Locked != "" })
	if s := o.Session(); s.State != "in" || s.Locked != "Your matters on this computer are locked because Matterline hasn't reached the portal for 14 days. Connect to the internet to unlock them." {
		t.Errorf("%+v", s)
	}
	o.until("an empty tray", func() bool {
		o.tray.mu.Lock()
		defer o.tray.mu.Unlock()
		return len(o.tray.shown.Alerts) == 0 && o.tray.shown.Note != ""
	})
	for kept := []string{o.toAna}; len(kept) > 0; {
		kept = <-o.notifications.kept // Ana's notification is withdrawn
	}

	o.controls.Close()
	later := clock.Load()
	o.startAt(func() time.Time { return time.UnixMilli(later) })
	if _, err := o.Matters(nil); chat.CodeOf(err) != chat.CopyLocked {
		t.Errorf("after a restart: %v", err)
	}
	o.portalAway.Store(false)
	check(t, o.TryAgain())
	o.until("unlocked and sent", func() bool {
		f, err := o.Freshness()
		check(t, err)
		return o.Session().Locked == "" && f.State == "current" && f.Waiting == 0
	})
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	if len(c.Messages) != 2 || c.Draft.Text != "half a thought" {
		t.Errorf("%+v", c)
	}
	o.untilAlerts(1)
}

// The firm doesn't let the copy of an ended session be read. Nothing typed is lost, and the next sign-in unlocks it.
func TestCopyOfAnEndedSessionLocks(t *testing.T) {
	o := newOffice(t)
	settings := chat.DefaultFirmSettings
	settings.ReadExpired = false
	check(t, o.store.SetSettings(t.Context(), records.Program, settings))
	o.signIn()
	check(t, o.SaveDraft(o.toAna, "half a thought", false))
	check(t, o.store.ResetPassword(t.Context(), records.Program, o.maya.Account, "four words are enough"))
	o.until("locked", func() bool { return o.Session().Locked != "" })
	if s := o.Session(); s.State != "in" || s.Locked != "Your matters on this computer are locked because you're signed out. Sign in again to unlock them. Nothing you wrote is lost." {
		t.Errorf("%+v", s)
	}
	if rows, err := o.Matters(nil); chat.CodeOf(err) != chat.CopyLocked || rows != nil {
		t.Errorf("%+v, %v", rows, err)
	}
	check(t, o.SignIn(o.server.URL, "maya@firm.example", "four words are enough"))
	if s := o.Session(); s.Locked != "" {
		t.Errorf("%+v", s)
	}
	o.untilState("current")
	if c, err := o.Chat(o.toAna, 0); err != nil || c.Draft.Text != "half a thought" {
		t.Errorf("%+v, %v", c, err)
	}
}
