package session

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"matterline/app/alert"
	"matterline/app/chat"
	"matterline/app/portalapi"
)

// join puts a user on the team of another's matter.
func (u *user) join(other *user) {
	u.t.Helper()
	matters, err := other.Replica().Matters(context.Background())
	check(u.t, err)
	check(u.t, u.firm.store.SetTeam(context.Background(), other.caller(), matters[0].ID, []string{u.options.User.ID}))
}

func (u *user) caller() chat.Caller {
	return chat.Caller{Account: u.options.User.ID, Name: u.name, User: true}
}

// cover makes another user cover for this one alone.
func (u *user) cover(by *user, from, until time.Time) {
	u.t.Helper()
	in := &portalapi.CoverInput{Account: u.options.User.ID}
	in.Body.By, in.Body.From, in.Body.Until, in.Body.Alone = by.options.User.ID, from.UnixMilli(), until.UnixMilli(), true
	_, err := Call(context.Background(), u.Session, portalapi.SetCover, in)
	check(u.t, err)
	u.WaitSelf(context.Background())
}

func none(alerts []alert.Alert, _ Freshness) bool { return len(alerts) == 0 }

// While Tom covers for Maya alone, he gets her alerts and she gets none. When he doesn't any more, she gets them.
func TestCover(t *testing.T) {
	f := newFirm(t)
	maya, tom := f.open("maya"), f.open("tom")
	tom.join(maya)
	tom.until("on the team", func([]alert.Alert, Freshness) bool {
		_, err := tom.Replica().Chat(context.Background(), maya.participant, 0)
		return err == nil
	})
	maya.clientWrites("before")
	alerted := func(text string) func([]alert.Alert, Freshness) bool {
		return func(alerts []alert.Alert, _ Freshness) bool { return len(alerts) == 1 && alerts[0].Text == text }
	}
	maya.until("alerted before", alerted("before"))
	alerts, err := maya.Alerts(t.Context())
	check(t, err)
	check(t, maya.Replica().MarkRead(t.Context(), maya.participant, alerts[0].Version))

	maya.cover(tom, time.Now(), time.Now().Add(time.Hour))
	maya.clientWrites("during")
	tom.until("alerted for Maya", func(alerts []alert.Alert, f Freshness) bool {
		return alerted("during")(alerts, f) && alerts[0].CoverFor == "maya" && alerts[0].Count == 1
	})
	if shown := <-tom.shown; shown.Body != "For maya · during" {
		t.Errorf("%+v", shown)
	}
	maya.until("away", none)

	_, err = Call(t.Context(), maya.Session, portalapi.EndCover, &portalapi.AccountInput{Account: maya.options.User.ID})
	check(t, err)
	maya.until("back", alerted("during"))
	tom.until("done", none)
}

// A cover ends by itself, also on devices that hear nothing from the portal. A restart knows it.
func TestCoverEndsByItself(t *testing.T) {
	f := newFirm(t)
	var ahead atomic.Int64
	clock := func(o *Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	}
	maya, tom := f.openWith("maya", clock), f.openWith("tom", clock)
	tom.join(maya)
	one := func(alerts []alert.Alert, _ Freshness) bool { return len(alerts) == 1 }
	maya.cover(tom, time.Now(), time.Now().Add(time.Hour))
	maya.clientWrites("hello")
	tom.until("alerted for Maya", one)
	maya.until("away", none)

	for u, want := range map[*user]int{tom: 1, maya: 0} {
		var err error
		u.Session, err = u.Reopen()
		check(t, err)
		alerts, err := u.Alerts(t.Context())
		check(t, err)
		if covers := u.Covers(); len(covers) != 1 || covers[0].ByName != "tom" || len(alerts) != want {
			t.Errorf("%s after a restart: %+v, %+v", u.name, covers, alerts)
		}
		u.Start()
	}

	ahead.Store(int64(time.Hour))
	maya.Publish()
	tom.Publish()
	maya.until("back", one)
	tom.until("done", none)
}
