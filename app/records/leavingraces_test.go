package records_test

import (
	"fmt"
	"slices"
	"testing"

	"matterline/app/chat"
	"matterline/app/records"
)

// rounds is how often a race is run.
const rounds = 10

// Two admins who demote or deactivate each other at the same time leave one admin.
func TestTwoAdminsWhoDemoteEachOther(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		pair := []chat.Caller{{Account: f.addUser(t, "lee"), User: true, Admin: true}, {Account: f.addUser(t, "ito"), User: true, Admin: true}}
		for i := range rounds {
			for _, c := range pair {
				if err := f.EditUser(ctx, records.Program, c.Account, true, true); err != nil {
					t.Fatal(err)
				}
			}
			stays := i%2 == 0 // as an ordinary user
			won := winner(t, together(
				func() error { return f.EditUser(ctx, pair[0], pair[1].Account, false, stays) },
				func() error { return f.EditUser(ctx, pair[1], pair[0].Account, false, stays) },
			), chat.LastAdmin)
			admins := slices.DeleteFunc(must(f.Users(ctx, f.admin))(t), func(u chat.UserAccount) bool { return !u.Admin || !u.Active })
			if len(admins) != 1 || admins[0].ID != pair[won].Account {
				t.Fatalf("round %d: %+v, where %d won", i, admins, won)
			}
		}
	})
}

// A user who is deactivated while they are given a matter doesn't end up with it: either the matter is theirs and they
// stay, or they leave without it.
func TestMattersForAUserWhoIsLeaving(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		lee := f.addUser(t, "lee")
		f.exec(t, `UPDATE accounts SET is_admin = true WHERE id = $1`, f.admin.Account) // a firm needs one
		for name, give := range map[string]func(round int) error{
			"assigned": func(int) error { return f.Assign(ctx, f.admin, f.matter, lee) },
			"team":     func(int) error { return f.SetTeam(ctx, f.admin, f.matter, []string{lee}) },
			"new matter": func(round int) error {
				_, err := f.OpenMatter(ctx, f.admin, chat.Matter{Reference: fmt.Sprint("new ", round), Title: "Oak", Type: "Sale", Assigned: lee})
				return err
			},
			"new matter's team": func(round int) error {
				_, err := f.OpenMatter(ctx, f.admin, chat.Matter{Reference: fmt.Sprint("team ", round), Title: "Oak", Type: "Sale", Team: []string{lee}})
				return err
			},
		} {
			for i := range rounds {
				errs := together(
					func() error { return give(i) },
					func() error { return f.EditUser(ctx, f.admin, lee, false, false) },
				)
				for j, allowed := range []chat.Code{chat.NotFound, chat.HasMatters} {
					if errs[j] != nil && chat.CodeOf(errs[j]) != allowed {
						t.Fatalf("%s, round %d: %v", name, i, errs)
					}
				}
				active := f.count(t, "accounts WHERE active AND id = '"+lee+"'") == 1
				has := f.count(t, "matters WHERE assigned = '"+lee+"'") + f.count(t, "team WHERE account = '"+lee+"'")
				if !active && has > 0 {
					t.Fatalf("%s, round %d: a deactivated user has %d matters: %v", name, i, has, errs)
				}
				f.exec(t, `UPDATE matters SET assigned = $2 WHERE assigned = $1`, lee, f.maya.Account)
				f.exec(t, `DELETE FROM team WHERE account = $1`, lee)
				if err := f.EditUser(ctx, records.Program, lee, false, true); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
