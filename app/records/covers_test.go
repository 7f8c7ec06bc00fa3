package records_test

import (
	"testing"
	"time"

	"matterline/app/chat"
)

func (f *firm) cover(account, by chat.Caller) chat.Cover {
	return chat.Cover{Account: account.Account, By: by.Account, From: f.clock.UnixMilli(), Until: f.clock.Add(time.Hour).UnixMilli()}
}

// Everyone concerned sees a cover until it ends, and learns of each change. Only the user who is away and admins see what
// the colleague can't open.
func TestCover(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		covers := func(c chat.Caller) []chat.Cover { return must(f.Covers(ctx, c))(t) }
		mark := func(c chat.Caller) string {
			token := must(f.StartSession(ctx, c.Account, chat.Origin{}))(t)
			return must(f.Caller(ctx, token))(t).Covers
		}
		cover := f.cover(f.maya, f.other)
		cover.Alone = true
		before := map[string]string{"maya": mark(f.maya), "other": mark(f.other), "team": mark(f.team)}
		if err := f.SetCover(ctx, f.maya, cover); err != nil {
			t.Fatal(err)
		}
		want := cover
		want.Name, want.ByName = "maya", "other"
		if got := covers(f.other); len(got) != 1 || got[0] != want {
			t.Errorf("the colleague sees %+v", got)
		}
		want.CantOpen = 1
		for _, c := range []chat.Caller{f.maya, f.admin} {
			if got := covers(c); len(got) != 1 || got[0] != want {
				t.Errorf("%s sees %+v, want %+v", c.Name, got, want)
			}
		}
		if got := covers(f.team); len(got) != 0 {
			t.Errorf("another user sees %+v", got)
		}
		if mark(f.maya) == before["maya"] || mark(f.other) == before["other"] || mark(f.team) != before["team"] {
			t.Error("not exactly those concerned learn of it")
		}
		if _, err := f.Covers(ctx, f.ana); chat.CodeOf(err) != chat.NotFound {
			t.Errorf("a participant gets %v", err)
		}

		// A colleague on the team can open the matter. The one who covered before learns that they don't any more.
		was := mark(f.other)
		if err := f.SetCover(ctx, f.admin, f.cover(f.maya, f.team)); err != nil {
			t.Fatal(err)
		}
		if got := covers(f.maya); len(got) != 1 || got[0].By != f.team.Account || got[0].CantOpen != 0 || got[0].Alone {
			t.Errorf("%+v", got)
		}
		if len(covers(f.other)) != 0 || mark(f.other) == was {
			t.Error("the colleague who covered before")
		}

		if err := f.EndCover(ctx, f.maya, f.maya.Account); err != nil || len(covers(f.admin)) != 0 {
			t.Errorf("%v %v", err, covers(f.admin))
		}
		if err := f.EndCover(ctx, f.maya, f.maya.Account); err != nil {
			t.Errorf("without a cover: %v", err)
		}

		// It ends by itself, and is removed later.
		if err := f.SetCover(ctx, f.maya, f.cover(f.maya, f.team)); err != nil {
			t.Fatal(err)
		}
		f.clock = f.clock.Add(time.Hour)
		if got := covers(f.maya); len(got) != 0 {
			t.Errorf("after its end: %+v", got)
		}
	})
}

func TestCoversThatDontWork(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		good := f.cover(f.maya, f.team)
		with := func(change func(*chat.Cover)) chat.Cover {
			cover := good
			change(&cover)
			return cover
		}
		for name, tt := range map[string]struct {
			by    chat.Caller
			cover chat.Cover
			code  chat.Code
			field string
		}{
			"for someone else":   {f.team, good, chat.NotAllowed, ""},
			"by a participant":   {f.ana, good, chat.NotFound, ""},
			"by oneself":         {f.maya, with(func(c *chat.Cover) { c.By = c.Account }), chat.Malformed, "by"},
			"by a client":        {f.maya, with(func(c *chat.Cover) { c.By = f.ana.Account }), chat.Malformed, "by"},
			"by an unknown user": {f.maya, with(func(c *chat.Cover) { c.By = "none" }), chat.Malformed, "by"},
			"for an unknown one": {f.admin, with(func(c *chat.Cover) { c.Account = "none" }), chat.NotFound, ""},
			"for a client":       {f.admin, with(func(c *chat.Cover) { c.Account = f.ana.Account }), chat.NotFound, ""},
			"that has ended":     {f.maya, with(func(c *chat.Cover) { c.From, c.Until = 1, f.clock.UnixMilli() }), chat.Malformed, "until"},
			"that ends first":    {f.maya, with(func(c *chat.Cover) { c.From = c.Until }), chat.Malformed, "until"},
			"without a start":    {f.maya, with(func(c *chat.Cover) { c.From = 0 }), chat.Malformed, "from"},
			"for years":          {f.maya, with(func(c *chat.Cover) { c.Until += 367 * 24 * time.Hour.Milliseconds() }), chat.Malformed, "until"},
			"for ages":           {f.maya, with(func(c *chat.Cover) { c.Until = 1 << 62 }), chat.Malformed, "until"},
		} {
			err := f.SetCover(ctx, tt.by, tt.cover)
			if e, ok := err.(*chat.Error); !ok || e.Code != tt.code || e.Field != tt.field {
				t.Errorf("%s: %+v", name, err)
			}
		}
		if got := must(f.Covers(ctx, f.admin))(t); len(got) != 0 {
			t.Errorf("%+v", got)
		}
		// Two users who are away at the same time can't cover for each other.
		if err := f.SetCover(ctx, f.maya, good); err != nil {
			t.Fatal(err)
		}
		if err := f.SetCover(ctx, f.other, f.cover(f.other, f.maya)); chat.CodeOf(err) != chat.Malformed {
			t.Errorf("by someone who is away: %v", err)
		}
		later := f.cover(f.other, f.maya)
		later.From, later.Until = good.Until, good.Until+1
		if err := f.SetCover(ctx, f.other, later); err != nil {
			t.Errorf("by someone who is back: %v", err)
		}
	})
}

// A deactivated colleague no longer covers, so the alerts go to the assigned user again.
func TestDeactivatingEndsCovers(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		f.exec(t, `UPDATE accounts SET is_admin = true WHERE id = $1`, f.admin.Account) // a firm needs one
		if err := f.SetCover(ctx, f.maya, f.cover(f.maya, f.team)); err != nil {
			t.Fatal(err)
		}
		token := must(f.StartSession(ctx, f.maya.Account, chat.Origin{}))(t)
		before := must(f.Caller(ctx, token))(t).Covers
		if err := f.EditUser(ctx, f.admin, f.team.Account, false, false); err != nil {
			t.Fatal(err)
		}
		if got := must(f.Covers(ctx, f.maya))(t); len(got) != 0 || must(f.Caller(ctx, token))(t).Covers == before {
			t.Errorf("%+v", got)
		}
		if err := f.SetCover(ctx, f.maya, f.cover(f.maya, f.team)); chat.CodeOf(err) != chat.Malformed {
			t.Errorf("by a deactivated user: %v", err)
		}
	})
}
