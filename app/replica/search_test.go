package replica_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/replica"
)

// searchable returns a copy with one matter of two participants and a hundred other matters, all in November.
func searchable(t *testing.T) *replica.Replica {
	t.Helper()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.Local)
	r, err := replica.Open(t.Context(), t.TempDir(), chat.User{ID: "maya", Name: "Maya Hart"}, func() time.Time { return now })
	check(t, err)
	t.Cleanup(func() { r.Close() })
	on := func(day int) int64 { return time.Date(2026, 11, day, 15, 0, 0, 0, time.Local).UnixMilli() }
	page := elm()
	page.Version = 10
	page.Participants = append(page.Participants, chat.Participant{ID: "ben", Matter: "elm", Name: "Bén Okafor", Role: "Client", Version: 2})
	for i, m := range []struct{ in, by, text string }{
		{"ana", "ana", "the deposit is paid"}, {"ana", "maya", "the deposit arrived"}, {"ben", "ben", "which deposit"},
		{"ben", "tom", "the deposit of Ana"}, {"ana", "ana", "thanks"},
	} {
		v := int64(3 + i)
		page.Messages = append(page.Messages, chat.Message{ID: fmt.Sprint("m", v), Participant: m.in, Author: m.by, Text: m.text, SentAt: on(10 + i), Version: v})
	}
	check(t, r.Apply(t.Context(), page))
	for i := range 100 {
		id := fmt.Sprint("other", i)
		check(t, r.Apply(t.Context(), chat.Changes{
			Matter: id, Version: 3, Info: &chat.Matter{ID: id, Title: fmt.Sprint("Lease ", i), Assigned: "maya", Version: 1},
			Participants: []chat.Participant{{ID: id + "p", Matter: id, Name: fmt.Sprint("Person ", i), Version: 2}},
			Messages:     []chat.Message{{ID: id + "m", Participant: id + "p", Author: id + "p", Text: "a deposit too", SentAt: on(20), Version: 3}},
		}))
	}
	return r
}

func TestSearchFilters(t *testing.T) {
	r := searchable(t)
	for query, want := range map[string]string{
		"deposit matter:elm":           "the deposit of Ana, which deposit, the deposit arrived, the deposit is paid",
		"matter:elm":                   "Elm Street, Ana Okafor, Bén Okafor, thanks, the deposit of Ana, which deposit, the deposit arrived, the deposit is paid",
		"matter:2026-1 ana":            "Ana Okafor, the deposit of Ana",
		`matter:"elm street" from:ana`: "thanks, the deposit is paid",
		"from:okafor deposit":          "which deposit, the deposit is paid",
		"FROM:ben":                     "which deposit",
		"from: ben":                    "which deposit",
		"from:me":                      "the deposit arrived",
		"from:tom deposit":             "the deposit of Ana",
		"from:tom from:ben":            "",
		"from:nobody":                  "",
		"matter:nothing deposit":       "",
		"deposit before:2026-11-12":    "the deposit arrived, the deposit is paid",
		`from:okafor after:"12 Nov"`:   "thanks, which deposit",
		"after:2026-11-12 before:2026-11-13 deposit": "which deposit",
		"matter:elm after:2026-11-13":                "the deposit of Ana, thanks",
		"deposit from:":                              "20 of a deposit too",
		"after:yesterday":                            "",
		"a deposit after:2026-11-19":                 "20 of a deposit too",
		"deposit before:2026-11-20 after:2026-11-13": "the deposit of Ana",
		// dates with spaces, and curly quotes
		"after:last week deposit":            "20 of a deposit too",
		"deposit after:12 Nov before:13 Nov": "which deposit",
		"after:12 Nov which dep":             "which deposit",
		"from:“Bén Okafor”":                  "which deposit",
		"deposit after:9999":                 "",
		"thanks before:4000-01-01":           "thanks",
		strings.Repeat("thanks ", 1500):      "thanks",
	} {
		found, err := r.Search(t.Context(), query)
		check(t, err)
		if found.Problem != "" {
			t.Errorf("%q: %s", query, found.Problem)
		}
		var got []string
		for _, h := range found.Hits {
			text := h.Title
			if h.Kind == "message" {
				text = strings.NewReplacer("\x02", "", "\x03", "").Replace(h.Snippet)
			}
			got = append(got, text)
		}
		all := strings.Join(got, ", ")
		if len(got) == 20 && !slices.ContainsFunc(got, func(s string) bool { return s != got[0] }) {
			all = "20 of " + got[0]
		}
		wanted, gotten := strings.Split(want, ", "), strings.Split(all, ", ")
		if strings.Contains(want, "thanks") { // sent on the same day, so in any order
			slices.Sort(wanted)
			slices.Sort(gotten)
		}
		if !slices.Equal(wanted, gotten) {
			t.Errorf("%q finds %q, want %q", query, all, want)
		}
	}
	found, err := r.Search(t.Context(), "deposit matter:elm")
	check(t, err)
	var by []string
	for _, h := range found.Hits {
		by = append(by, h.By)
	}
	if !slices.Equal(by, []string{"Tom", "Bén", "You", "Ana"}) {
		t.Errorf("authors %q", by)
	}
	found, err = r.Search(t.Context(), "deposit before:soon")
	check(t, err)
	if len(found.Hits) != 20 || !strings.Contains(found.Problem, "“soon” isn't a date") {
		t.Errorf("%d, %s", len(found.Hits), found.Problem)
	}
}

func TestSearchFindsUnsentMessages(t *testing.T) {
	ctx := t.Context()
	r := searchable(t)
	send := func(to, text string) replica.Message {
		t.Helper()
		m, err := sendTo(ctx, r, to, text, false)
		check(t, err)
		return m
	}
	find := func(query string, want ...string) {
		t.Helper()
		found, err := r.Search(ctx, query)
		check(t, err)
		var got []string
		for _, h := range found.Hits {
			got = append(got, fmt.Sprint(h.Delivery, " ", h.By, ": ", strings.NewReplacer("\x02", "[", "\x03", "]").Replace(h.Snippet), " in ", h.Title, " at ", h.Version))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s: %q, want %q", query, got, want)
		}
	}
	rejected := send("ana", "a zebra crossing")
	check(t, r.Reject(ctx, rejected.ID, chat.Errorf(chat.MatterClosed, "", "Closed.")))
	sending := send("ben", "the zebra")
	_, err := r.Take(ctx, 10)
	check(t, err)
	_, err = r.Send(ctx, replica.Outgoing{Draft: "ana", To: []string{"ana"}, Text: "Zebras", Undo: 5 * time.Second})
	check(t, err)
	find("zebra",
		"waiting You: [Zebras] in Ana Okafor · Elm Street at 0",
		"sending You: the [zebra] in Bén Okafor · Elm Street at 0",
		"rejected You: a [zebra] crossing in Ana Okafor · Elm Street at 0")
	find("zebra crossing", "rejected You: a [zebra] [crossing] in Ana Okafor · Elm Street at 0")
	find("zebras from:me matter:elm after:today", "waiting You: [Zebras] in Ana Okafor · Elm Street at 0")
	find("zebra from:ana")
	find("zebra matter:lease")
	find("zebra before:today")

	check(t, r.Confirm(ctx, chat.Message{ID: sending.ID, Participant: "ben", Author: "maya", Text: "the zebra", SentAt: sending.WrittenAt + 1, Version: 11}, false))
	find("the zebra", "sent You: [the] [zebra] in Bén Okafor · Elm Street at 11")
	check(t, r.Forget(ctx, "elm"))
	find("zebra")
}

func TestSearch(t *testing.T) {
	r := fresh(t)
	check(t, r.Apply(t.Context(), elm("Das Café ist offen", "the bank's \"funds\" arrive", "100% sure")))
	for _, tt := range []struct{ query, want string }{
		{"cafe", "message Das [Café] ist offen"},
		{"fun", `message the bank's "[funds]" arrive`},
		{"bank arr", `message the [bank]'s "funds" [arrive]`},
		{"elm", "matter 2026-1"},
		{"2026-1", "matter 2026-1"},
		{"okaf", "person Client · Elm Street"},
		{`"`, ""}, {"", ""}, {"%", ""}, {"AND", ""}, {"nothing like it", ""}, {"NEAR(", ""},
	} {
		found, err := r.Search(t.Context(), tt.query)
		check(t, err)
		hits := found.Hits
		got := ""
		if len(hits) > 0 {
			got = hits[0].Kind + " " + strings.NewReplacer("\x02", "[", "\x03", "]").Replace(hits[0].Snippet)
		}
		if got != tt.want {
			t.Errorf("%q finds %q, want %q", tt.query, got, tt.want)
		}
	}
}

// Search finds messages in any language, by common words, and by prefixes that many words have.
func TestSearchFinds(t *testing.T) {
	ctx := context.Background()
	r := fresh(t)
	texts := []string{"契約書を送りました", "매매계약서를 보냈습니다", "東京で会いましょう", "the deposit arrives", "the last one, then"}
	for i := range 1500 {
		texts = append(texts, fmt.Sprint("common words, thus and thereby, number ", i))
	}
	page := elm(texts...)
	for i := range page.Messages {
		page.Messages[i].SentAt = int64(i) * 60_000
	}
	check(t, r.Apply(ctx, page))
	for _, tt := range []struct {
		query string
		count int
		first string
	}{
		{"契約", 1, texts[0]}, {"約書", 1, texts[0]}, {"書契", 0, ""}, {"계약", 1, texts[1]}, {"東", 1, texts[2]},
		{"common", 20, texts[1504]}, {"thus ther", 20, texts[1504]}, {"th", 20, texts[1504]},
		{"deposit t", 1, texts[3]}, {"depo", 1, texts[3]}, {`"arrives the"`, 0, ""}, {`"the deposit"`, 1, texts[3]}, {`"the dep`, 1, texts[3]},
		{"one th", 1, texts[4]}, {"number 12", 20, texts[1504-200]}, {"thu ", 0, ""},
	} {
		found, err := r.Search(ctx, tt.query)
		check(t, err)
		hits := found.Hits
		if len(hits) != tt.count || tt.count > 0 && strings.NewReplacer("\x02", "", "\x03", "").Replace(hits[0].Snippet) != tt.first {
			t.Errorf("%q finds %d, first %+v", tt.query, len(hits), hits[:min(1, len(hits))])
		}
		if tt.count > 0 {
			c, err := r.ChatAround(ctx, hits[0].Participant, hits[0].Version)
			check(t, err)
			if !slices.ContainsFunc(c.Messages, func(m replica.Message) bool { return m.ID == hits[0].Message }) {
				t.Errorf("%q is at the wrong version", tt.query)
			}
		}
	}
	check(t, r.Forget(ctx, "elm"))
	for _, query := range []string{"common", "th", "契約", "elm", "ana"} {
		if found, err := r.Search(ctx, query); err != nil || len(found.Hits) != 0 {
			t.Fatalf("%q still finds %v, %v", query, found, err)
		}
	}
}
