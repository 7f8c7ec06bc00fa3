package records_test

import (
	"errors"
	"testing"

	"matterline/app/chat"
	"matterline/app/sqldb"
)

// The assigned user and admins reassign, close and reopen a matter, and change its team. The team does if the firm lets
// it. Others can't tell that the matter exists.
func TestWhoManagesAMatter(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		teamOf := []string{f.team.Account}
		refused := func(c chat.Caller) (codes []chat.Code) {
			for _, err := range []error{
				f.SetClosed(ctx, c, f.matter, true), f.SetClosed(ctx, c, f.matter, false), f.SetTeam(ctx, c, f.matter, teamOf), f.Assign(ctx, c, f.matter, f.maya.Account),
			} {
				if err != nil {
					codes = append(codes, chat.CodeOf(err))
				}
			}
			return codes
		}
		all := func(codes []chat.Code, code chat.Code) bool {
			for _, c := range codes {
				if c != code {
					return false
				}
			}
			return len(codes) == 4
		}
		head := must(f.Heads(ctx, f.team))(t)[0]
		if codes := refused(f.team); !all(codes, chat.NotAllowed) {
			t.Fatalf("the team: %v", codes)
		}
		if now := must(f.Heads(ctx, f.team))(t)[0]; now != head {
			t.Fatalf("a refused change made version %d of %d", now.Version, head.Version)
		}
		for _, c := range []chat.Caller{f.maya, f.admin} {
			if codes := refused(c); codes != nil {
				t.Fatalf("%s: %v", c.Name, codes)
			}
		}
		for _, c := range []chat.Caller{f.other, f.ana} {
			if codes := refused(c); !all(codes, chat.NotFound) {
				t.Fatalf("%s: %v", c.Name, codes)
			}
		}
		if err := f.SetClosed(ctx, f.other, "no such matter", true); !errors.Is(err, chat.ErrNotFound) {
			t.Fatal(err)
		}
		if err := f.EditMatter(ctx, f.team, chat.Matter{ID: f.matter, Reference: "1", Title: "Elm Street", Type: "Sale"}); err != nil {
			t.Fatal(err)
		}

		err := f.db.Tx(ctx, func(tx *sqldb.Tx) error { return tx.Exec(`UPDATE firm_settings SET team_manages = true`) })
		if err != nil {
			t.Fatal(err)
		}
		if codes := refused(f.team); codes != nil {
			t.Fatalf("the team, which the firm lets: %v", codes)
		}
		if codes := refused(f.other); !all(codes, chat.NotFound) {
			t.Fatalf("another user: %v", codes)
		}
	})
}
