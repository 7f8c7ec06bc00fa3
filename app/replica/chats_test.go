package replica_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"matterline/app/replica"
)

func TestPagesOfAChat(t *testing.T) {
	r := fresh(t)
	var all, wanted []string
	for i := range 120 {
		all = append(all, fmt.Sprint(i))
		wanted = append(wanted, fmt.Sprint("sent ", i))
	}
	check(t, r.Apply(t.Context(), elm(all...)))
	var got []string
	before := int64(0)
	for {
		c, err := r.Chat(t.Context(), "ana", before)
		check(t, err)
		var page []string
		for _, m := range c.Messages {
			page = append(page, m.Delivery+" "+m.Text)
		}
		got = append(page, got...)
		if !c.More {
			break
		}
		before = c.Messages[0].Version
	}
	want(t, got, wanted...)
}

func TestReadMarksAndUnreadChats(t *testing.T) {
	ctx := context.Background()
	r := fresh(t)
	check(t, r.Apply(ctx, elm("one", "two")))
	unread := func() int {
		t.Helper()
		unread, err := r.UnreadChats(ctx)
		check(t, err)
		rows, err := r.Matters(ctx)
		check(t, err)
		rows = slices.DeleteFunc(rows, func(m replica.MatterRow) bool { return m.Unread == 0 })
		if len(unread) != len(rows) {
			t.Fatalf("alerts %v and list %v disagree", unread, rows)
		}
		if len(unread) == 0 {
			return 0
		}
		if unread[0].Unread != rows[0].Unread || unread[0].Newest.Text != rows[0].LastText {
			t.Fatalf("alerts %v and list %v disagree", unread, rows)
		}
		return unread[0].Unread
	}
	for _, step := range []struct {
		mark int64
		left int
	}{{0, 2}, {3, 1}, {1, 1}, {4, 0}} {
		check(t, r.MarkRead(ctx, "ana", step.mark))
		if got := unread(); got != step.left {
			t.Fatalf("after reading to %d: %d unread, want %d", step.mark, got, step.left)
		}
	}
	reads, err := r.UnsentReads(ctx)
	check(t, err)
	if len(reads) != 1 || reads[0].Upto != 4 {
		t.Fatalf("%+v", reads)
	}
	check(t, r.ConfirmReads(ctx, reads))
	if reads, err = r.UnsentReads(ctx); err != nil || len(reads) != 0 {
		t.Fatalf("%+v %v", reads, err)
	}
}

// In a colleague's matter, nothing is new for a user without a read mark.
func TestNothingIsNewInAColleaguesMatter(t *testing.T) {
	r := fresh(t)
	page := elm("one", "two")
	page.Info.Assigned = "tom"
	check(t, r.Apply(t.Context(), page))
	c, err := r.Chat(t.Context(), "ana", 0)
	check(t, err)
	m, err := r.Matter(t.Context(), "elm")
	check(t, err)
	unread, err := r.UnreadChats(t.Context())
	check(t, err)
	if c.ReadUpto != 4 || m.Participants[0].Unread != 0 || len(unread) != 0 {
		t.Fatalf("read up to %d, %+v, %v", c.ReadUpto, m.Participants, unread)
	}
}

// From any version, the pages before and after reach both ends of a chat, with each message once.
func TestPagesReachBothEnds(t *testing.T) {
	ctx := context.Background()
	r := fresh(t)
	var all []string
	for i := range 300 {
		all = append(all, fmt.Sprint(i))
	}
	check(t, r.Apply(ctx, elm(all...)))
	_, err := sendTo(ctx, r, "ana", "unsent", false)
	check(t, err)
	c, err := r.ChatAround(ctx, "ana", 150)
	check(t, err)
	if len(c.Messages) != 50 || !c.More || !c.Newer || c.Messages[25].Version != 150 {
		t.Fatalf("%d messages, %+v in the middle", len(c.Messages), c.Messages[25])
	}
	got := c.Messages
	for more := c.More; more; {
		older, err := r.Chat(ctx, "ana", got[0].Version)
		check(t, err)
		got, more = append(older.Messages, got...), older.More
	}
	for more := c.Newer; more; {
		c, err := r.ChatAfter(ctx, "ana", got[len(got)-1].Version)
		check(t, err)
		got, more = append(got, c.Messages...), c.Newer
	}
	var texts []string
	for _, m := range got {
		texts = append(texts, m.Text)
	}
	want(t, texts, append(all, "unsent")...)
}
