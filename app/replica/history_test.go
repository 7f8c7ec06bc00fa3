package replica_test

import (
	"errors"
	"strings"
	"testing"

	"matterline/app/chat"
	"matterline/app/replica"
)

// A message is confirmed while its matter is still to be pulled again. It stays on screen, and isn't sent again until
// its matter is there.
func TestConfirmedMessageWaitsForItsMatter(t *testing.T) {
	ctx := t.Context()
	for _, lost := range []bool{false, true} {
		r := fresh(t)
		check(t, r.Apply(ctx, elm("one")))
		check(t, r.StartOver(ctx, "second epoch"))
		m, err := sendTo(ctx, r, "ana", "mine", false)
		check(t, err)
		want(t, taken(t, r), "ana mine")
		page := elm("one", "mine")
		page.Messages[1].ID, page.Messages[1].Author = m.ID, "maya"
		check(t, r.Confirm(ctx, page.Messages[1], false))
		want(t, taken(t, r))
		want(t, texts(t, r, 0), "sent one", "sending mine")
		if !lost {
			check(t, r.Apply(ctx, page))
			want(t, taken(t, r))
			want(t, texts(t, r, 0), "sent one", "sent mine")
			continue
		}
		check(t, r.StartOver(ctx, "third epoch"))
		want(t, taken(t, r), "ana mine")
		check(t, r.Apply(ctx, elm("one")))
		want(t, taken(t, r), "ana mine")
		want(t, texts(t, r, 0), "sent one", "sending mine")
	}
}

// The portal is restored twice before the device notices. In between it confirms a message with a version that names
// another one in the copy.
func TestKeepsMessageThatAnUnnoticedPortalConfirmed(t *testing.T) {
	ctx := t.Context()
	r := fresh(t)
	check(t, r.Apply(ctx, elm("one", "two")))
	m, err := sendTo(ctx, r, "ana", "mine", false)
	check(t, err)
	want(t, taken(t, r), "ana mine")
	confirmed := chat.Message{ID: m.ID, Participant: "ana", Author: "maya", Text: "mine", Version: 4}
	check(t, r.Confirm(ctx, confirmed, false))
	want(t, taken(t, r))
	want(t, texts(t, r, 0), "sent one", "sent two", "sending mine")
	check(t, r.StartOver(ctx, "third epoch"))
	check(t, r.Apply(ctx, elm("one")))
	want(t, taken(t, r), "ana mine")
	confirmed.Version = 5
	check(t, r.Confirm(ctx, confirmed, false))
	want(t, taken(t, r))
	want(t, texts(t, r, 0), "sent one", "sent mine")
}

// A message was confirmed while its matter was still to be pulled, and then the user signed out. If they can't see the
// matter any more, the portal decides about the message.
func TestConfirmedMessageOfAMatterThatIsGone(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	r := open(t, dir)
	check(t, r.Apply(ctx, elm("one")))
	check(t, r.StartOver(ctx, "second epoch"))
	m, err := sendTo(ctx, r, "ana", "mine", false)
	check(t, err)
	check(t, r.Confirm(ctx, chat.Message{ID: m.ID, Participant: "ana", Author: "maya", Text: "mine", Version: 4}, false))
	check(t, r.SignOut(ctx))
	r = open(t, dir)
	markComplete(t, r, true)
	want(t, taken(t, r), "ana mine")
}

// markComplete marks the copy complete, after which something is to send or nothing.
func markComplete(t *testing.T, r *replica.Replica, wantUnsent bool) {
	t.Helper()
	unsent, err := r.MarkComplete(t.Context())
	check(t, err)
	if unsent != wantUnsent {
		t.Fatalf("something to send: %v", unsent)
	}
}

// The portal confirmed a message and was put back to an earlier state without it, and then the matter was pulled for the
// first time. The answer arrives last. The copy has every change up to its version, and there the version is another
// chat's message. So the message isn't at the portal, and is sent again.
func TestConfirmedMessageThatTheCopyShouldHave(t *testing.T) {
	ctx := t.Context()
	r := fresh(t)
	page := elm("one", "to Ben")
	page.Participants = append(page.Participants, chat.Participant{ID: "ben", Matter: "elm", Name: "Ben", Version: 2})
	page.Messages[1].Participant = "ben"
	check(t, r.Apply(ctx, page))
	m, err := sendTo(ctx, r, "ana", "mine", false)
	check(t, err)
	want(t, taken(t, r), "ana mine")
	confirmed := chat.Message{ID: m.ID, Participant: "ana", Author: "maya", Text: "mine", Version: 4}
	check(t, r.Confirm(ctx, confirmed, false))
	want(t, texts(t, r, 0), "sent one", "sending mine")
	want(t, taken(t, r)) // not at once: perhaps the copy is of the earlier state, and the same answer would come again and again
	markComplete(t, r, true)
	want(t, taken(t, r), "ana mine")
	confirmed.Version = 5
	check(t, r.Confirm(ctx, confirmed, false))
	want(t, texts(t, r, 0), "sent one", "sent mine")
	markComplete(t, r, false)
	want(t, taken(t, r))
}

// A message is confirmed after its matter was forgotten. The user may see the matter again, and the portal may have lost
// the message since. So the message is kept until the matter is pulled or forgotten again.
func TestConfirmedMessageOfAForgottenMatter(t *testing.T) {
	ctx := t.Context()
	for _, back := range []bool{true, false} {
		r := fresh(t)
		check(t, r.Apply(ctx, elm("one")))
		m, err := sendTo(ctx, r, "ana", "mine", false)
		check(t, err)
		want(t, taken(t, r), "ana mine")
		check(t, r.Forget(ctx, "elm"))
		var changed []string
		r.OnChanged(func(matters []string) { changed = append(changed, matters...) })
		check(t, r.Confirm(ctx, chat.Message{ID: m.ID, Participant: "ana", Author: "maya", Text: "mine", Version: 4}, false))
		want(t, changed, "elm") // it isn't undeliverable now
		markComplete(t, r, false)
		outbox, err := r.Outbox(ctx)
		check(t, err)
		_, known, err := r.Known(ctx)
		check(t, err)
		if _, listed := known["elm"]; len(outbox) > 0 || !listed {
			t.Fatalf("%+v, %+v", outbox, known)
		}
		if back {
			check(t, r.Apply(ctx, elm("one")))
			want(t, taken(t, r), "ana mine")
			continue
		}
		check(t, r.Forget(ctx, "elm"))
		if _, known, err := r.Known(ctx); len(known) > 0 || err != nil {
			t.Fatalf("%+v, %v", known, err)
		}
		check(t, r.Apply(ctx, elm("one")))
		want(t, taken(t, r))
	}
}

// A matter's first pages have messages and not the matter itself, which changed later. Then the portal is put back to an
// earlier state, without these messages.
func TestKeepsMessagesOfAMatterWithoutItsInfo(t *testing.T) {
	ctx := t.Context()
	for _, signedOut := range []bool{false, true} {
		dir := t.TempDir()
		r := open(t, dir)
		first := elm("one", "mine")
		first.Messages[1].Author = "maya"
		first.Info, first.Participants, first.More = nil, nil, true
		check(t, r.Apply(ctx, first))
		check(t, r.StartOver(ctx, "second epoch"))
		if signedOut {
			check(t, r.SignOut(ctx))
			r = open(t, dir)
		}
		check(t, r.Apply(ctx, elm("one")))
		want(t, taken(t, r), "ana mine")
		want(t, texts(t, r, 0), "sent one", "sending mine")
	}
}

// marked gives a page its marks.
func marked(page chat.Changes, after, mark string) chat.Changes {
	page.AfterMark, page.Mark = after, mark
	return page
}

// A page that doesn't continue the history in the copy changes nothing. Neither does one that can't be compared.
func TestRefusesAnotherHistory(t *testing.T) {
	next := func(after, version int64, afterMark, mark string) chat.Changes {
		return chat.Changes{Matter: "elm", After: after, AfterMark: afterMark, Version: version, Mark: mark,
			Messages: []chat.Message{{ID: "new", Participant: "ana", Author: "ana", Text: "new", Version: version}}}
	}
	for name, tt := range map[string]struct {
		page     chat.Changes
		code     chat.Code
		gap, new bool
	}{
		"the next change":                  {page: next(4, 5, "b", "c"), new: true},
		"the next, after another mark":     {page: next(4, 5, "x", "c"), code: chat.OtherHistory},
		"the same version, another mark":   {page: next(3, 4, "a", "x"), code: chat.OtherHistory},
		"the same version and mark":        {page: next(3, 4, "a", "b")},
		"an earlier version":               {page: next(2, 3, "x", "x")},
		"past the version, from before it": {page: next(3, 5, "a", "c"), gap: true},
		"the next, from an older portal":   {page: next(4, 5, "", ""), new: true},
		"the same, from an older portal":   {page: next(3, 4, "", "")},
		"a gap, whatever its mark":         {page: next(5, 6, "x", "y"), gap: true},
		"the next, without its own mark":   {page: next(4, 5, "b", ""), new: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := fresh(t)
			check(t, r.Apply(t.Context(), marked(elm("one", "two"), "", "b")))
			err := r.Apply(t.Context(), tt.page)
			if errors.Is(err, replica.ErrGap) != tt.gap || (tt.code != "" && chat.CodeOf(err) != tt.code) || (err != nil) != (tt.gap || tt.code != "") {
				t.Fatal(err)
			}
			all := []string{"sent one", "sent two"}
			known := chat.Known{Version: 4, Mark: "b"}
			if tt.new {
				all, known = append(all, "sent new"), chat.Known{Version: 5, Mark: tt.page.Mark}
			}
			want(t, texts(t, r, 0), all...)
			if got, err := r.KnownOf(t.Context(), "elm"); got != known || err != nil {
				t.Fatalf("%+v, not %+v, %v", got, known, err)
			}
		})
	}
}

// A copy that an older version of the app made has no marks. It takes them from the next page.
func TestCopyWithoutMarksTakesThem(t *testing.T) {
	ctx := t.Context()
	for name, page := range map[string]chat.Changes{
		"with a change":    {Matter: "elm", After: 3, AfterMark: "a", Version: 4, Mark: "b"},
		"without a change": {Matter: "elm", After: 3, AfterMark: "b", Version: 3, Mark: "b"},
	} {
		t.Run(name, func(t *testing.T) {
			r := fresh(t)
			check(t, r.Apply(ctx, elm("one")))
			check(t, r.Apply(ctx, page))
			if got, err := r.KnownOf(ctx, "elm"); got != (chat.Known{Version: page.Version, Mark: "b"}) || err != nil {
				t.Fatalf("%+v, %v", got, err)
			}
			page.After, page.AfterMark = page.Version, "x"
			page.Version++
			if err := r.Apply(ctx, page); chat.CodeOf(err) != chat.OtherHistory {
				t.Fatal(err)
			}
		})
	}
}

// The user had read Ana's chat up to the second message, and had notifications up to the third. After the copy has
// started over, both name the same messages as before, under the versions that these have now. A message that the user
// doesn't know still raises a notification, whatever its version.
func TestReadMarksAndNotificationsAfterStartingOver(t *testing.T) {
	for name, tt := range map[string]struct {
		now         []string // the ids of the messages from version 3 on
		read, shown int64
	}{
		"nothing is lost":                     {[]string{"m3", "m4", "m5", "m6"}, 4, 5},
		"there is more":                       {[]string{"m3", "m4", "m5", "m6", "new"}, 4, 5},
		"the last are lost":                   {[]string{"m3"}, 3, 3},
		"the last are lost, others came":      {[]string{"m3", "new", "newer", "newest"}, 3, 3},
		"a lost one was sent again":           {[]string{"m3", "m4", "m6", "m5"}, 4, 4},
		"a new one is before a lost one":      {[]string{"m3", "new", "m4", "m5"}, 3, 3},
		"all are lost, others came":           {[]string{"new", "newer"}, 0, 0},
		"lost ones were sent again at once":   {[]string{"m3", "m5", "m4"}, 3, 5},
		"the user's own don't stand in a way": {[]string{"m3", "mine", "m4", "mine too", "m5"}, 6, 7},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			r := fresh(t)
			check(t, r.Apply(ctx, elm("one", "two", "three", "four")))
			check(t, r.MarkRead(ctx, "ana", 4))
			check(t, r.SetNotified(ctx, map[string]int64{"ana": 5}))
			check(t, r.StartOver(ctx, ""))
			notified := func(want int64) {
				t.Helper()
				if got, err := r.Notified(ctx); got["ana"] != want || err != nil {
					t.Fatalf("notified up to %v, not %d, %v", got, want, err)
				}
			}
			reads := func(want int64) {
				t.Helper()
				var upto int64
				got, err := r.UnsentReads(ctx)
				check(t, err)
				for _, m := range got {
					upto = m.Upto
				}
				if upto != want {
					t.Fatalf("read up to %+v, not %d", got, want)
				}
			}
			notified(5) // the old messages are still on screen
			reads(0)    // the portal would read another message
			page := elm(tt.now...)
			for i, id := range tt.now {
				page.Messages[i].ID = id
				if strings.HasPrefix(id, "mine") {
					page.Messages[i].Author = "maya"
				}
			}
			check(t, r.Apply(ctx, page))
			notified(tt.shown)
			reads(tt.read)
			c, err := r.Chat(ctx, "ana", 0)
			check(t, err)
			if c.ReadUpto != tt.read {
				t.Fatalf("the chat is read up to %d, not %d", c.ReadUpto, tt.read)
			}
		})
	}
}

// The portal confirms a message, and loses it before the copy has the change. The next change with its version, or the
// head, shows that, even if another device has sent the message again and it has the same version.
func TestConfirmedMessageThatIsntInTheNextChanges(t *testing.T) {
	ctx := t.Context()
	r := fresh(t)
	check(t, r.Apply(ctx, marked(elm("one"), "", "a")))
	m, err := sendTo(ctx, r, "ana", "mine", false)
	check(t, err)
	mine := chat.Message{ID: m.ID, Participant: "ana", Author: "maya", Text: "mine", SentAt: 5, Version: 5}
	check(t, r.Confirm(ctx, mine, false))
	want(t, texts(t, r, 0), "sent one", "sent mine")
	known, err := r.KnownOf(ctx, "elm")
	check(t, err)
	for version, leads := range map[int64]bool{3: false, 4: false, 5: true, 6: true} {
		if known.LeadsTo(chat.Head{Version: version}) != leads {
			t.Fatalf("%+v leads to %d: %v", known, version, !leads)
		}
	}
	other := chat.Message{ID: "other", Participant: "ana", Author: "ana", Text: "other", Version: 4}
	first := chat.Changes{Matter: "elm", After: 3, AfterMark: "a", Version: 4, Mark: "b", Messages: []chat.Message{other}}
	check(t, r.Apply(ctx, first))
	next := chat.Changes{Matter: "elm", After: 4, AfterMark: "b", Version: 6, Mark: "d"}
	if err := r.Apply(ctx, next); chat.CodeOf(err) != chat.OtherHistory {
		t.Fatal(err)
	}
	other.ID, other.Version = "another", 5
	next.Messages = []chat.Message{other}
	if err := r.Apply(ctx, next); chat.CodeOf(err) != chat.OtherHistory {
		t.Fatal(err)
	}
	again := mine
	again.SentAt++
	next.Messages = []chat.Message{again}
	if err := r.Apply(ctx, next); chat.CodeOf(err) != chat.OtherHistory {
		t.Fatal(err)
	}
	next.Messages = []chat.Message{mine}
	check(t, r.Apply(ctx, next))
	want(t, texts(t, r, 0), "sent one", "sent other", "sent mine")
}
