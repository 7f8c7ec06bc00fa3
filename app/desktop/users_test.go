package desktop

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"matterline/app/chat"
	"matterline/app/records"
)

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
