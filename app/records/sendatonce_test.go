package records_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/records"
)

// A message that is sent alone is checked by the database, and one of several by the store. Both follow the same rules.
func TestOneMessageIsCheckedLikeSeveral(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		add := func(matter, name string) (chat.Caller, string) {
			account := must(f.AddAccount(ctx, records.Account{Email: name, Name: name}))(t)
			return chat.Caller{Account: account}, must(f.AddParticipant(ctx, chat.Participant{Matter: matter, Name: name}, account))(t)
		}
		eve, toEve := add(f.matter, "eve")
		if err := f.RemoveParticipant(ctx, f.maya, toEve); err != nil {
			t.Fatal(err)
		}
		dan, toDan := add(f.quay, "dan")
		callers := []chat.Caller{f.maya, f.team, f.other, f.admin, f.ana, f.carl, dan, eve, f.nobody, {Account: f.maya.Account}, {Account: f.ana.Account, User: true}, {Account: f.ana.Account, Admin: true}, {User: true}, {}}
		chats := []string{f.toAna, f.toBen, toEve, f.toCarl, toDan, f.matter, "none", ""}
		check := func() (accepted int) {
			for _, c := range callers {
				for _, to := range chats {
					before := must(f.Heads(ctx, f.admin))(t)
					message := func() records.Outgoing { return records.Outgoing{ID: uuid.NewString(), Participant: to, Text: "x"} }
					one := must(f.Send(ctx, c, []records.Outgoing{message()}))(t)[0]
					if after := must(f.Heads(ctx, f.admin))(t); one.Err != nil && !slices.Equal(before, after) {
						t.Errorf("a refused message changed %v to %v", before, after)
					}
					first := must(f.Send(ctx, c, []records.Outgoing{message(), message()}))(t)[0]
					if chat.CodeOf(one.Err) != chat.CodeOf(first.Err) || (one.Err == nil) != (first.Err == nil) {
						t.Errorf("%+v to %s: alone %v, one of two %v", c, to, one.Err, first.Err)
					}
					if one.Err != nil {
						continue
					}
					accepted++
					if first.Message.Version != one.Message.Version+1 || first.Message.Author != one.Message.Author {
						t.Errorf("%+v to %s: alone %+v, then %+v", c, to, one.Message, first.Message)
					}
				}
			}
			return accepted
		}
		if n := check(); n != 14 {
			t.Errorf("%d messages were accepted", n)
		}
		if err := f.SetClosed(ctx, f.other, f.quay, true); err != nil {
			t.Fatal(err)
		}
		if n := check(); n != 8 {
			t.Errorf("%d messages were accepted after a matter was closed", n)
		}
	})
}
