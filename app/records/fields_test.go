package records_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/records"
)

// Whatever a device claims, and whatever was stored before the portal checked it, everybody gets a plausible time.
func TestWrittenAtIsPlausible(t *testing.T) { on(t, testWrittenAtIsPlausible) }

func testWrittenAtIsPlausible(t *testing.T, f *firm) {
	ctx, now := t.Context(), f.clock.UnixMilli()
	for _, claimed := range []int64{1e18, -1e18, now + 48*3_600_000} {
		result := must(f.Send(ctx, f.ana, []records.Outgoing{{ID: uuid.NewString(), Participant: f.toAna, Text: "x", WrittenAt: claimed}}))(t)[0]
		if result.Message.WrittenAt != now {
			t.Errorf("%d: %+v", claimed, result)
		}
	}
	stored := f.send(t, f.ana, f.toAna, "y").ID
	store(t, f, `UPDATE messages SET written_at = 1000000000000000000 WHERE id = $1`, stored)
	for _, m := range must(f.Changes(ctx, f.maya, f.matter, records.Position{}, 100))(t).Messages {
		if m.WrittenAt != now {
			t.Errorf("%+v", m)
		}
	}
}

// A message is the same when it's sent again, in another normal form or with other line ends, also if it was stored
// before the portal normalized text or under rules that would refuse it today.
func TestSendingAgainReturnsTheFirstResultWhateverTheForm(t *testing.T) {
	on(t, testSendingAgainReturnsTheFirstResultWhateverTheForm)
}

func testSendingAgainReturnsTheFirstResultWhateverTheForm(t *testing.T, f *firm) {
	send := func(id, text string) records.SendResult {
		t.Helper()
		return must(f.Send(t.Context(), f.maya, []records.Outgoing{{ID: id, Participant: f.toAna, Text: text}}))(t)[0]
	}
	id := uuid.NewString()
	first := send(id, " cafe\u0301\r\nopen")
	if first.Message.Text != "caf\u00e9\nopen" {
		t.Fatalf("%+v", first)
	}
	for _, same := range [][2]string{{id, "caf\u00e9\nopen"}, {strings.ToUpper(id), "\ufeffcafe\u0301\ropen\n"}} {
		if again := send(same[0], same[1]); again.Err != nil || again.Message != first.Message {
			t.Errorf("%q: %+v", same, again)
		}
	}
	for _, before := range []string{"e\u0301 \u202eabc", "a\u0001b", "a\rb"} {
		store(t, f, `UPDATE messages SET text = $2 WHERE id = $1`, id, before)
		if again := send(id, before); again.Err != nil || again.Message.Text != before {
			t.Errorf("%q: %+v", before, again)
		}
	}
	if other := send(id, "else"); chat.CodeOf(other.Err) != chat.IDTaken {
		t.Errorf("%+v", other)
	}
}

func TestIDsAreUUIDsInTheirUsualForm(t *testing.T) {
	f := newFirm(t, engines[0].migrated(t))
	id := uuid.New()
	for _, wrong := range []string{"", "x", id.URN(), "{" + id.String() + "}", strings.ReplaceAll(id.String(), "-", ""), id.String() + "\n"} {
		result := must(f.Send(t.Context(), f.maya, []records.Outgoing{{ID: wrong, Participant: f.toAna, Text: "x"}}))(t)[0]
		if chat.CodeOf(result.Err) != chat.Malformed {
			t.Errorf("%q: %+v", wrong, result)
		}
		if err := f.SaveReply(t.Context(), f.maya, chat.Reply{ID: wrong, Title: "T", Text: "x"}); chat.CodeOf(err) != chat.Malformed {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

// The portal cleans the names that it stored before it refused overrides.
func TestStoredNamesAreHarmless(t *testing.T) {
	f := newFirm(t, engines[0].migrated(t))
	store(t, f, `UPDATE participants SET name = $1, role = $1`, "A\u202eb\u2066\n")
	store(t, f, `UPDATE matters SET title = $1`, "A\u202eb\u2066\n")
	store(t, f, `UPDATE accounts SET name = $1`, "A\u202eb\u2066\n")
	page := must(f.Changes(t.Context(), f.maya, f.matter, records.Position{}, 100))(t)
	for _, name := range []string{page.Info.Title, page.Participants[0].Name, page.Participants[0].Role, page.Users[0].Name} {
		if name != "Ab " {
			t.Errorf("%q", name)
		}
	}
}
