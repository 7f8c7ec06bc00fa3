package replica_test

import (
	"errors"
	"testing"

	"matterline/app/chat"
	"matterline/app/replica"
)

// A file has everything: every message of every chat, sent or not, the statuses and the read marks.
func TestFile(t *testing.T) {
	ctx := t.Context()
	r := fresh(t)
	page := elm()
	for v := range int64(120) { // more than a page of the screen
		page.Messages = append(page.Messages, chat.Message{ID: "m", Participant: "ana", Author: "ana", Text: "Hello", WrittenAt: 1, SentAt: 2, Version: 3 + v})
	}
	page.Messages = append(page.Messages, chat.Message{ID: "last", Participant: "ana", Author: "tom", Text: "Signed", WrittenAt: 3, SentAt: 4, Version: 200})
	page.Participants = append(page.Participants, chat.Participant{ID: "bank", Matter: "elm", Name: "Bank", Role: "Lender", OtherSide: true, Removed: true, Version: 201})
	page.Statuses = []chat.Status{{ID: "s", Participant: "ana", Message: "last", Text: "Signed", SetBy: "tom", SetAt: 5, Version: 202}}
	page.Reads = []chat.Read{{Participant: "ana", Reader: "ana", Upto: 100, At: 6, Version: 203}, {Participant: "ana", Reader: "tom", Upto: 200, At: 7, Version: 204}}
	page.Info.ClosedAt, page.Version = 9, 204
	check(t, r.Apply(ctx, page))
	check(t, r.MarkRead(ctx, "ana", 150))
	refused, err := sendTo(ctx, r, "ana", "No", false)
	check(t, err)
	check(t, r.Reject(ctx, refused.ID, chat.Errorf(chat.MatterClosed, "", "The matter is closed.")))
	_, err = sendTo(ctx, r, "bank", "Hello bank", true)
	check(t, err)

	f, err := r.MatterFile(ctx, "elm")
	check(t, err)
	if f.Reference != "2026-1" || f.AssignedName != "Maya Hart" || f.ClosedAt != 9 || len(f.Chats) != 2 {
		t.Fatalf("%+v", f)
	}
	ana, bank := f.Chats[0], f.Chats[1]
	if len(ana.Messages) != 122 || ana.Messages[120].Status != "current" || ana.Messages[120].AuthorName != "Tom Reyes" {
		t.Fatalf("%d messages", len(ana.Messages))
	}
	if last := ana.Messages[121]; last.Delivery != "rejected" || last.Reason != "The matter is closed." {
		t.Fatalf("%+v", last)
	}
	if len(ana.Statuses) != 1 || ana.Statuses[0].SetByName != "Tom Reyes" {
		t.Fatalf("%+v", ana.Statuses)
	}
	marks := map[replica.FileRead]bool{}
	for _, m := range ana.Reads {
		marks[m] = true
	}
	for _, m := range []replica.FileRead{
		{Reader: "ana", Name: "Ana Okafor", FromParticipant: true, Upto: 100, At: 6},
		{Reader: "tom", Name: "Tom Reyes", Upto: 200, At: 7},
		{Reader: "maya", Name: "Maya Hart", Upto: 150}, // the portal does not know yet
	} {
		if !marks[m] {
			t.Errorf("%+v is not among %+v", m, ana.Reads)
		}
	}
	if !bank.Removed || !bank.OtherSide || len(bank.Messages) != 1 || bank.Messages[0].Status != "asked" || len(bank.Reads) != 0 {
		t.Fatalf("%+v", bank)
	}

	one, err := r.ChatFile(ctx, "bank")
	check(t, err)
	if one.Title != "Elm Street" || len(one.Chats) != 1 || one.Chats[0].Participant != "bank" || len(one.Chats[0].Messages) != 1 {
		t.Fatalf("%+v", one)
	}
	_, err = r.MatterFile(ctx, "none")
	if !errors.Is(err, chat.ErrNotFound) {
		t.Fatal(err)
	}
	if _, err = r.ChatFile(ctx, "none"); !errors.Is(err, chat.ErrNotFound) {
		t.Fatal(err)
	}
}
