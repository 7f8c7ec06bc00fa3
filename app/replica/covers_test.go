package replica_test

import (
	"testing"

	"matterline/app/chat"
)

// While the user covers for a colleague, what arrives in the colleague's matters is new to them, and nothing from before.
func TestCoveredChats(t *testing.T) {
	ctx := t.Context()
	r := fresh(t)
	page := elm("one", "two", "three")
	page.Info.Assigned, page.Info.Team = "tom", []string{"maya"}
	for i := range page.Messages {
		page.Messages[i].SentAt = int64(100 * (i + 1))
	}
	check(t, r.Apply(ctx, page))
	cover := chat.Cover{Account: "tom", By: "maya", From: 200, Until: 300}
	newIn := func(c chat.Cover) chat.UnreadChat {
		t.Helper()
		r.SetCovers([]chat.Cover{c})
		chats, err := r.UnreadChats(ctx)
		check(t, err)
		if len(chats) == 0 {
			return chat.UnreadChat{}
		}
		if len(chats) != 1 || chats[0].Assigned != "tom" || chats[0].Team[0] != "maya" {
			t.Fatalf("%+v", chats)
		}
		return chats[0]
	}
	if got := newIn(cover); got.Unread != 1 || got.Newest.Text != "two" {
		t.Errorf("%+v", got)
	}
	for name, c := range map[string]chat.Cover{"later": {Account: "tom", By: "maya", From: 301, Until: 400}, "for someone else": {Account: "leah", By: "maya", From: 1, Until: 400}} {
		if got := newIn(c); got.Unread != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}

	// The chat opens at what is new, so that reading it moves the mark.
	upto := func() int64 {
		t.Helper()
		c, err := r.Chat(ctx, "ana", 0)
		check(t, err)
		return c.ReadUpto
	}
	r.SetCovers(nil)
	last := page.Messages[2].Version
	if got := upto(); got != last {
		t.Errorf("without a cover, read up to %d, want %d", got, last)
	}
	r.SetCovers([]chat.Cover{cover})
	if got, want := upto(), page.Messages[0].Version; got != want {
		t.Errorf("read up to %d, want %d", got, want)
	}
	check(t, r.MarkRead(ctx, "ana", last))
	if got := newIn(cover); got.Unread != 0 || upto() != last {
		t.Errorf("after reading: %+v", got)
	}
}
