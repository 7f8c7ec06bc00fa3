package desktop

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/records"
)

// A user becomes an admin, and the firm changes its settings, while the app runs. The window hears of both.
func TestRolesAndSettingsReachARunningApp(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	_, err := o.Users()
	check(t, err)
	_, err = o.FirmSettings()
	check(t, err)
	for _, admin := range []bool{true, false} {
		_, err := o.store.AddAccount(t.Context(), records.Account{Email: uuid.NewString() + "@firm.example", Name: "Tom", User: true, Admin: true})
		check(t, err)
		check(t, o.store.EditUser(t.Context(), records.Program, o.maya.Account, admin, true))
		o.waitEvent(EventFirm, func([]string) bool {
			users, err := o.Users()
			check(t, err)
			return slices.ContainsFunc(users, func(u chat.UserAccount) bool { return u.ID == o.maya.Account && u.Admin == admin })
		})
	}
	settings := chat.DefaultFirmSettings
	settings.TeamManages = true
	check(t, o.store.SetSettings(t.Context(), records.Program, settings))
	check(t, o.TryAgain()) // or within a heartbeat, when the portal ends the stream
	o.waitEvent(EventFirm, func([]string) bool {
		got, err := o.FirmSettings()
		check(t, err)
		return got == settings
	})
	o.goAway()
	if got, err := o.FirmSettings(); got != settings || err != nil {
		t.Error(got, err)
	}
	if _, err := o.ReadFirmSettings(); chat.CodeOf(err) != chat.Unreachable {
		t.Error(err)
	}
}

// While the portal is away, also after a restart, the users are those that it last listed. Signing out removes them.
func TestUsersOffline(t *testing.T) {
	o := newOffice(t)
	tom, err := o.store.AddAccount(t.Context(), records.Account{Email: "tom@firm.example", Name: "Tom Reyes", Password: "right", User: true})
	check(t, err)
	o.signIn()
	see := func(want int) {
		t.Helper()
		users, err := o.Users()
		check(t, err)
		if len(users) != want || users[1].ID != tom || users[1].Email != "tom@firm.example" {
			t.Fatalf("%+v", users)
		}
	}
	o.portalAway.Store(true)
	if _, err := o.Users(); chat.CodeOf(err) != chat.Unreachable {
		t.Fatal(err)
	}
	o.portalAway.Store(false)
	see(2)
	o.portalAway.Store(true)
	o.controls.Close()
	o.start(o.options.Data)
	o.untilState("offline")
	see(2)
	check(t, o.AssignTo(o.matter, tom))
	m, err := o.Matter(o.matter)
	check(t, err)
	if m.Assigning == nil || m.Assigning.Assigned != tom {
		t.Fatalf("%+v", m.Assigning)
	}
	o.comeBack()
	o.until("the new assigned user", func() bool {
		m, err := o.Matter(o.matter)
		return chat.CodeOf(err) == chat.NotFound || m.Assigned == tom // she may no longer see it
	})

	check(t, o.SignOut())
	files, err := filepath.Glob(filepath.Join(o.options.Data, "replicas", "*", "own.db*"))
	check(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(t, err)
		if bytes.Contains(text, []byte("tom@firm.example")) {
			t.Errorf("%s still has his email", file)
		}
	}
	if len(files) == 0 {
		t.Error("no files")
	}
}

// A user on the team assigns a matter while the portal is away, and the portal doesn't allow it. The user sees why, and
// what else was written is sent.
func TestAssignmentThatIsNotAllowed(t *testing.T) {
	o := newOffice(t)
	tom, err := o.store.AddAccount(t.Context(), records.Account{Email: "tom@firm.example", Name: "Tom Reyes", Password: "right", User: true})
	check(t, err)
	check(t, o.store.SetTeam(t.Context(), records.Program, o.matter, []string{tom}))
	check(t, o.SignIn(o.server.URL, "tom@firm.example", "right"))
	_, err = o.Users()
	check(t, err)
	o.untilState("current")
	o.goAway()
	check(t, o.AssignTo(o.matter, tom))
	_, err = o.Send(o.toAna, []string{o.toAna}, "I take over", false)
	check(t, err)
	check(t, o.SaveDraft(o.toAna, "not finished", false))
	s, err := o.current()
	check(t, err)
	s.SendNow()
	o.portalAway.Store(false)
	check(t, o.TryAgain())
	o.until("the refusal", func() bool {
		m, err := o.Matter(o.matter)
		return err == nil && m.Assigning != nil && m.Assigning.State == "rejected"
	})
	m, err := o.Matter(o.matter)
	check(t, err)
	if m.Assigned == tom || m.Assigning.Assigned != tom || !strings.HasPrefix(m.Assigning.Reason, "Only the assigned user or an admin can reassign") {
		t.Fatalf("%+v, %+v", m, m.Assigning)
	}
	o.until("the message on the portal", func() bool {
		c, err := o.Chat(o.toAna, 0)
		check(t, err)
		return c.Messages[len(c.Messages)-1].Delivery == "sent"
	})
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	if last := c.Messages[len(c.Messages)-1]; last.Text != "I take over" || c.Draft.Text != "not finished" {
		t.Fatalf("%+v, draft %+v", last, c.Draft)
	}
	check(t, o.RemoveUnsent(m.Assigning.ID))
	if m, err = o.Matter(o.matter); err != nil || m.Assigning != nil {
		t.Fatalf("%+v, %v", m.Assigning, err)
	}
}
