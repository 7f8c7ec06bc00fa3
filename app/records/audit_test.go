package records_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/sqldb"
)

// An entry says what changed, from which address and on which device.
func TestAuditSaysWhatChangedAndFromWhere(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		maya := f.maya
		maya.Origin = chat.Origin{Address: "203.0.113.7", Device: "Maya's laptop"}
		do := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		do(f.EditMatter(ctx, maya, chat.Matter{ID: f.matter, Reference: "1", Title: "Oak", Type: "Sale"}))
		do(f.Assign(ctx, maya, f.matter, f.team.Account))
		do(f.SetTeam(ctx, f.team, f.matter, []string{f.maya.Account, f.other.Account}))
		do(f.EditParticipant(ctx, maya, chat.Participant{ID: f.toAna, Name: "Ana O.", Role: "Buyer", OtherSide: true}))
		do(f.EditUser(ctx, f.admin, f.other.Account, true, true))
		do(f.SetFirm(ctx, f.admin, records.Firm{Name: "Hart", Colour: "#112233"}))
		do(f.Rename(ctx, maya, "Maya Jones"))
		do(f.SaveReply(ctx, maya, chat.Reply{ID: "0190b36e-0000-7000-8000-000000000001", Title: "Funds", Text: "The funds have arrived."}))

		had := map[string][]chat.AuditChange{}
		for _, e := range must(f.Audit(ctx, f.admin, records.AuditFilter{}, 100))(t) {
			had[e.Action] = e.Changes
			if e.Account == maya.Account && (e.Address != "203.0.113.7" || e.Device != "Maya's laptop") {
				t.Errorf("%s: address %q, device %q", e.Action, e.Address, e.Device)
			}
		}
		want := map[string][]chat.AuditChange{
			"matter.edit":      {{Field: "title", From: "Elm", To: "Oak"}, {Field: "type", From: "", To: "Sale"}},
			"matter.assign":    {{Field: "assigned", From: f.maya.Account, To: f.team.Account}, {Field: "team", From: f.team.Account, To: f.maya.Account}},
			"matter.team":      {{Field: "team", From: f.maya.Account, To: f.maya.Account + " " + f.other.Account}},
			"participant.edit": {{Field: "name", From: "ana", To: "Ana O."}, {Field: "role", From: "", To: "Buyer"}, {Field: "other_side", From: "false", To: "true"}},
			"user.edit":        {{Field: "admin", From: "false", To: "true"}},
			"firm.edit":        {{Field: "name", From: "", To: "Hart"}, {Field: "colour", From: "", To: "#112233"}},
			"account.rename":   {{Field: "name", From: "maya", To: "Maya Jones"}},
			"reply.save":       {{Field: "title", From: "", To: "Funds"}},
		}
		for action, changes := range want {
			if !slices.Equal(had[action], changes) {
				t.Errorf("%s: %+v, want %+v", action, had[action], changes)
			}
		}
	})
}

// Sign-ins, refused ones and sign-outs are in the trail. A refused one names the account if there is one.
func TestAuditHasSignIns(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx, from := t.Context(), chat.Origin{Address: "203.0.113.7", Device: "phone"}
		for email, password := range map[string]string{"maya": "wrong", "nobody": "right"} {
			if _, err := f.SignInByPassword(ctx, email, password, from); chat.CodeOf(err) != chat.WrongPassword {
				t.Fatal(err)
			}
		}
		if _, err := f.SignInByLink(ctx, "no such link", from); chat.CodeOf(err) != chat.LinkExpired {
			t.Fatal(err)
		}
		token := must(f.SignInByPassword(ctx, "maya", "right", from))(t)
		for range 2 {
			if err := f.EndSession(ctx, token, from); err != nil {
				t.Fatal(err)
			}
		}
		var had []string
		for _, e := range must(f.Audit(ctx, f.admin, records.AuditFilter{}, 100))(t) {
			had = append(had, e.Action+" "+e.Name)
			if e.Address != "203.0.113.7" || e.Device != "phone" {
				t.Errorf("%+v", e)
			}
		}
		slices.Sort(had)
		if want := []string{"session.end maya", "session.refuse ", "session.refuse ", "session.refuse maya", "session.start maya"}; !slices.Equal(had, want) {
			t.Error(had)
		}
	})
}

// Whatever is changed in the trail afterwards, verifying finds it.
func TestVerifyAuditFindsTampering(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			ctx := t.Context()
			db := engine.migrated(t)
			f := newFirm(t, db)
			for _, closed := range []bool{true, false, true, false} {
				if err := f.SetClosed(ctx, f.maya, f.matter, closed); err != nil {
					t.Fatal(err)
				}
			}
			chain, err := f.VerifyAudit(ctx, "")
			if err != nil || chain.Entries() != 4 || chain.Newest == "" {
				t.Fatal(chain, err)
			}
			second := must(f.Audit(ctx, f.admin, records.AuditFilter{}, 100))(t)[2].Hash
			if _, err := f.VerifyAudit(ctx, second); err != nil {
				t.Fatal(err)
			}
			if _, err := f.VerifyAudit(ctx, "0000"); !errors.Is(err, records.ErrAuditChanged) {
				t.Fatal(err)
			}
			for _, change := range []string{
				`UPDATE audit SET account = 'someone else' WHERE number = 2`,
				`UPDATE audit SET at = at + 1 WHERE number = 4`,
				`UPDATE audit SET changes = '[{"field":"a","from":"b","to":"c"}]' WHERE number = 1`,
				`UPDATE audit SET address = '198.51.100.1' WHERE number = 3`,
				`UPDATE audit SET hash = 'x' WHERE number = 3`,
				`DELETE FROM audit WHERE number = 1`,
				`DELETE FROM audit WHERE number = 2`,
				`DELETE FROM audit WHERE number = 4`,
				`DELETE FROM audit`,
				`UPDATE audit SET number = 9 WHERE number = 4`,
				`INSERT INTO audit (id, at, account, action, matter, subject) VALUES ('0', 1, '', 'matter.open', '', '')`,
				`UPDATE audit_head SET number = 3`,
			} {
				undo := errors.New("undo")
				err := db.Tx(ctx, func(tx *sqldb.Tx) error {
					if err := tx.Exec(change); err != nil {
						return err
					}
					if _, err := records.VerifyAuditIn(tx, ""); !errors.Is(err, records.ErrAuditChanged) {
						t.Errorf("%s: %v", change, err)
					}
					return undo
				})
				if !errors.Is(err, undo) {
					t.Errorf("%s: %v", change, err)
				}
			}
			if _, err := f.VerifyAudit(ctx, chain.Newest); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// Entries of an older version, which had no chain, are chained when the store is opened.
func TestOpenChainsOldAuditEntries(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			ctx := t.Context()
			db := engine.migrated(t)
			f := newFirm(t, db)
			for _, closed := range []bool{true, false} {
				if err := f.SetClosed(ctx, f.maya, f.matter, closed); err != nil {
					t.Fatal(err)
				}
			}
			err := db.Tx(ctx, func(tx *sqldb.Tx) error {
				return errors.Join(
					tx.Exec(`UPDATE audit SET number = NULL, previous = '', hash = ''`),
					tx.Exec(`UPDATE audit_head SET number = 0, hash = ''`))
			})
			if err != nil {
				t.Fatal(err)
			}
			store := must(records.Open(ctx, db, time.Now))(t)
			if chain, err := store.VerifyAudit(ctx, ""); err != nil || chain.Entries() != 2 {
				t.Fatal(chain, err)
			}
		})
	}
}

// The hash is that of an entry's JSON before the property hash, whatever the entry's texts hold.
func TestAuditHashCoversTheLineBeforeIt(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		must(f.StartSession(t.Context(), f.maya.Account, chat.Origin{Device: `","hash":"0<b>`}))(t)
		e := must(f.Audit(t.Context(), f.admin, records.AuditFilter{}, 1))(t)[0]
		text, _, found := strings.Cut(records.EncodeAudit(e), `,"hash":"`+e.Hash)
		if sum := sha256.Sum256([]byte(text)); !found || hex.EncodeToString(sum[:]) != e.Hash {
			t.Fatalf("%+v", e)
		}
	})
}
