package replica_test

import (
	"testing"

	"matterline/app/chat"
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
	check(t, r.MarkComplete(ctx))
	want(t, taken(t, r), "ana mine")
}
