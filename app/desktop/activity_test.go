package desktop

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
)

// untilAudited waits until the portal's audit trail has these entries of exports and views, oldest first.
func (o *office) untilAudited(want ...string) {
	o.t.Helper()
	names := map[string]string{"": "", o.matter: "Elm", o.toAna: "Ana"}
	audited := func() bool {
		entries, err := o.store.Audit(o.t.Context(), chat.Caller{User: true, Admin: true}, records.AuditFilter{}, 100)
		check(o.t, err)
		var got []string
		for _, e := range entries {
			switch e.Action {
			case "matter.view", "matter.export", "chat.export":
				matter, known := names[e.Matter]
				if !known {
					matter = "Oak"
				}
				if e.Account != o.maya.Account || e.Address != "127.0.0.1" || e.Device == "" {
					o.t.Errorf("%+v", e)
				}
				got = append(got, fmt.Sprint(e.Action, " ", matter, " ", names[e.Subject]))
			}
		}
		slices.Reverse(got)
		if len(got) == len(want) && !slices.Equal(got, want) {
			o.t.Fatalf("%q, want %q", got, want)
		}
		return slices.Equal(got, want)
	}
	late := time.After(20 * time.Second)
	for !audited() {
		select {
		case <-o.reported:
		case <-late:
			o.t.Fatalf("not in the audit trail: %q", want)
		}
	}
}

// Exports without the portal are in its audit trail once it's back, before anything else happens on the device.
func TestExportsReachTheAuditTrail(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.goAway()
	dir := t.TempDir()
	o.saveTo(dir)
	_, err := o.SaveMatter(o.matter, "json")
	check(t, err)
	_, err = o.SaveChat(o.toAna, "pdf")
	check(t, err)
	o.window.choose = func(string) string { return "" } // cancelled: no export
	_, err = o.SaveChat(o.toAna, "pdf")
	check(t, err)
	o.saveTo(filepath.Join(dir, "gone")) // reported first, because the file might be complete
	if _, err := o.SaveChat(o.toAna, "json"); chat.CodeOf(err) != chat.DiskFailed {
		t.Fatal(err)
	}
	o.comeBack()
	o.untilAudited("matter.export Elm ", "chat.export Elm Ana", "chat.export Elm Ana")
}

// An admin's views of matters that aren't theirs are in the audit trail, also those without the portal and when the admin
// is none any more.
func TestAdminsViewsReachTheAuditTrail(t *testing.T) {
	o := newOffice(t)
	tom, err := o.store.AddAccount(t.Context(), records.Account{Email: "tom@firm.example", Name: "Tom", User: true})
	check(t, err)
	oak, err := o.store.AddMatter(t.Context(), chat.Matter{Reference: "2", Title: "Oak Lane", Assigned: tom})
	check(t, err)
	maya := o.asAdmin()
	view := func(matters ...string) {
		for _, id := range matters {
			_, err := o.Matter(id)
			check(t, err)
		}
	}
	view(o.matter, oak, oak)
	o.untilAudited("matter.view Oak ")
	o.goAway()
	view(o.matter, oak)
	s, err := o.current()
	check(t, err)
	check(t, s.Replica().ReportExport(t.Context(), oak, ""))
	check(t, o.store.EditUser(t.Context(), records.Program, tom, true, true)) // so that another admin is left
	check(t, o.store.EditUser(t.Context(), records.Program, maya, false, true))
	o.comeBack()
	o.untilAudited("matter.view Oak ", "matter.export Oak ")
}
