package records_test

import (
	"strings"
	"testing"

	"matterline/app/chat"
	"matterline/app/records"
)

// Long texts make shorter pages, of messages and of statuses. Nothing is missing between two pages.
func TestPagesOfLongTexts(t *testing.T) {
	const messages, changes, longest = 70, 70, 3 << 20 // bytes of messages, and of statuses
	on(t, func(t *testing.T, f *firm) {
		var ids []string
		for range messages {
			ids = append(ids, f.send(t, f.maya, f.toAna, strings.Repeat("😀", chat.MaxText)).ID)
		}
		for i := range changes {
			if err := f.SetStatus(t.Context(), f.maya, f.toAna, ids[i%2], nil); err != nil {
				t.Fatal(err)
			}
		}
		for _, caller := range []chat.Caller{f.maya, f.ana} {
			var got []string
			statuses := map[string]chat.Status{}
			after, pages := records.Position{}, 0
			for more := true; more; pages++ {
				page := must(f.Changes(t.Context(), caller, f.matter, after, 1000))(t)
				ofMessages, ofStatuses := 0, 0
				for _, m := range page.Messages {
					got = append(got, m.ID)
					ofMessages += len(m.Text)
				}
				for _, s := range page.Statuses {
					statuses[s.ID] = s
					ofStatuses += len(s.Text)
				}
				if ofMessages > longest || ofStatuses > longest {
					t.Errorf("page %d has %d and %d bytes of text", pages, ofMessages, ofStatuses)
				}
				after, more = records.Position{Version: page.Version, Mark: page.Mark}, page.More
			}
			if strings.Join(got, " ") != strings.Join(ids, " ") {
				t.Errorf("got %d messages, want %d in order", len(got), len(ids))
			}
			current := 0
			for _, s := range statuses {
				if s.EndedAt == 0 {
					current++
				}
			}
			if len(statuses) != changes || current != 1 || pages < 3 {
				t.Errorf("got %d statuses, %d of them current, in %d pages", len(statuses), current, pages)
			}
		}
	})
}
