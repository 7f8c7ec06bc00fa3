package alert

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"matterline/app/chat"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// due returns what one notifier shows for chats, all of them new.
func due(chats ...chat.UnreadChat) []Notification {
	var n Notifier
	due, _ := n.Notifications(Due("maya", chats, nil), Limits{}, noon)
	return due
}

func TestNotifications(t *testing.T) {
	alerts := Due("maya", []chat.UnreadChat{news("ana", 5, 2), news("ben", 9, 1)}, nil)
	for _, tt := range []struct {
		name     string
		limits   Limits
		want     []string
		notified map[string]int64
	}{
		{"One per chat, the newest first", Limits{}, []string{"ben", "ana"}, map[string]int64{"ana": 5, "ben": 9}},
		{"None while catching up", Limits{CatchingUp: true}, nil, nil},
		{"None twice", Limits{Notified: map[string]int64{"ana": 5, "ben": 8}}, []string{"ben"}, map[string]int64{"ben": 9}},
		{"None while muted, and none later", Limits{Muted: true}, nil, map[string]int64{"ana": 5, "ben": 9}},
		{"None during a pause", Limits{HeldUntil: noon.Add(time.Hour), InSight: "ben"}, nil, map[string]int64{"ben": 9}},
		{"None for the chat in sight, and none later", Limits{InSight: "ben"}, []string{"ana"}, map[string]int64{"ana": 5, "ben": 9}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var n Notifier
			due, notified := n.Notifications(alerts, tt.limits, noon)
			var got []string
			for _, n := range due {
				got = append(got, n.Participant)
			}
			if !reflect.DeepEqual(got, tt.want) || len(notified) != len(tt.notified) || len(notified) > 0 && !reflect.DeepEqual(notified, tt.notified) {
				t.Errorf("%v, notified %v", got, notified)
			}
		})
	}
}

func TestMoreThanFiveChatsGetOneSummary(t *testing.T) {
	var chats []chat.UnreadChat
	for i := range 6 {
		chats = append(chats, news(fmt.Sprint("p", i), int64(i+1), 7))
	}
	got := due(chats...)
	if len(got) != 1 || got[0].Body != "42 new messages in 6 chats" || got[0].Topic != SummaryTopic || got[0].Participant != "" {
		t.Fatalf("%+v", got)
	}
}

// A firm after a newsletter: one chat after the other has a new message. Five get a notification each, and the others one
// summary, which counts what is unread and goes when it has been read. Half a minute later chats get their own again.
func TestFlood(t *testing.T) {
	var n Notifier
	var chats []chat.UnreadChat
	notified := map[string]int64{}
	arrives := func(arrived chat.UnreadChat, at time.Time) []Notification {
		chats = append(slices.DeleteFunc(chats, func(c chat.UnreadChat) bool { return c.Participant == arrived.Participant }), arrived)
		due, now := n.Notifications(Due("maya", chats, nil), Limits{Notified: notified}, at)
		for participant, version := range now {
			notified[participant] = version
		}
		return due
	}
	own, bodies := 0, []string{}
	for i := range 60 {
		for _, note := range arrives(news(fmt.Sprint("p", i), int64(i+1), 2), noon.Add(time.Duration(i)*250*time.Millisecond)) {
			if note.Topic == SummaryTopic {
				bodies = append(bodies, note.Body)
			} else {
				own++
			}
		}
	}
	if own != 5 || len(bodies) != 55 || bodies[0] != "2 new messages in another chat" || bodies[54] != "110 new messages in 55 chats" {
		t.Fatalf("%d, %q", own, bodies)
	}

	chats = chats[:6] // the user reads all but the first six, which are five with their own and one in the summary
	if topics := n.Topics(Due("maya", chats, nil)); len(topics) != 7 || !slices.Contains(topics, SummaryTopic) {
		t.Fatalf("%q", topics)
	}
	chats = chats[:5]
	if topics := n.Topics(Due("maya", chats, nil)); len(topics) != 5 || slices.Contains(topics, SummaryTopic) {
		t.Fatalf("%q", topics)
	}
	later := noon.Add(time.Minute)
	if due := arrives(news("new", 100, 1), later); len(due) != 1 || due[0].Topic != "new" {
		t.Fatalf("%+v", due)
	}
	// A clock that is put back doesn't hold notifications back until it has caught up.
	if due := arrives(news("newer", 101, 1), later.Add(-24*time.Hour)); len(due) != 1 || due[0].Topic != "newer" {
		t.Fatalf("%+v", due)
	}
}

// Accounts share the five. Each has its own summary.
func TestAccountsShareTheBudget(t *testing.T) {
	var shared Budget
	topics := func(account string) (topics []string) {
		n := Notifier{Budget: &shared}
		due, _ := n.Notifications(Due("maya", []chat.UnreadChat{news(account+"1", 1, 1), news(account+"2", 2, 1)}, nil), Limits{}, noon)
		for _, note := range due {
			topics = append(topics, note.Topic)
		}
		return topics
	}
	for _, want := range [][]string{{"a2", "a1"}, {"b2", "b1"}, {SummaryTopic}} {
		if got := topics(want[0][:1]); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// In any history of messages and reading, each new message is in a notification that is on the screen until the chat has
// been read: its chat's own, or the summary. No more than five of their own come in half a minute.
func TestEveryNewMessageHasANotification(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 1))
		var n Notifier
		now := noon
		notified := map[string]int64{}
		unread := map[string]int{}
		version := map[string]int64{}
		screen := map[string]string{}
		var own []time.Time
		for step := range int64(80) {
			now = now.Add(time.Duration(random.IntN(4000)) * time.Millisecond)
			if random.IntN(3) == 0 {
				clear(unread)
			}
			for range random.IntN(4) {
				p := fmt.Sprint("p", random.IntN(12))
				unread[p]++
				version[p] = step + 1
			}
			var chats []chat.UnreadChat
			for p, count := range unread {
				chats = append(chats, news(p, version[p], count))
			}
			alerts := Due("maya", chats, nil)
			topics := n.Topics(alerts)
			for topic := range screen {
				if !slices.Contains(topics, topic) {
					delete(screen, topic)
				}
			}
			due, newly := n.Notifications(alerts, Limits{Notified: notified}, now)
			for _, note := range due {
				screen[note.Topic] = note.Body
				if note.Topic != SummaryTopic {
					own = append(own, now)
				}
			}
			for p, v := range newly {
				notified[p] = v
				_, its := screen[p]
				if _, summary := screen[SummaryTopic]; !its && !summary {
					t.Fatalf("seed %d, step %d: nothing tells of %s", seed, step, p)
				}
			}
			if len(own) > 5 && own[len(own)-1].Sub(own[len(own)-6]) < burst {
				t.Fatalf("seed %d, step %d: six within %s", seed, step, own[len(own)-1].Sub(own[len(own)-6]))
			}
			if len(unread) == 0 && len(screen) != 0 {
				t.Fatalf("seed %d, step %d: all is read, but %v is shown", seed, step, screen)
			}
		}
	}
}

// After a pause one notification says how many chats have something new, and goes when they have been read.
func TestDigestAfterAPause(t *testing.T) {
	var n Notifier
	notified := map[string]int64{}
	step := func(held time.Time, chats ...chat.UnreadChat) []Notification {
		due, now := n.Notifications(Due("maya", chats, nil), Limits{Notified: notified, HeldUntil: held}, noon)
		for participant, version := range now {
			notified[participant] = version
		}
		return due
	}
	ana, ben, carl := news("ana", 5, 2), news("ben", 9, 1), news("carl", 7, 1)
	until := noon.Add(time.Hour)
	if len(step(time.Time{}, carl)) != 1 || len(step(until, ana, ben, carl)) != 0 {
		t.Fatal("it isn't held back")
	}
	due := step(time.Time{}, ana, ben, carl)
	if len(due) != 1 || due[0].Body != "While notifications were paused: 2 chats have something new" || due[0].Topic != SummaryTopic || due[0].Participant != "" {
		t.Fatalf("%+v", due)
	}
	if topics := n.Topics(Due("maya", []chat.UnreadChat{ana, carl}, nil)); !slices.Contains(topics, SummaryTopic) {
		t.Fatalf("%q", topics)
	}
	if topics := n.Topics(Due("maya", []chat.UnreadChat{carl}, nil)); slices.Contains(topics, SummaryTopic) {
		t.Fatalf("%q", topics)
	}

	step(until, carl)
	if due = step(time.Time{}, carl); len(due) != 0 {
		t.Fatalf("nothing arrived: %+v", due)
	}
	ana.Newest.Version = 12
	step(until, ana)
	due = step(time.Time{}, ana)
	if len(due) != 1 || due[0].Body != "While notifications were paused: 1 chat has something new" || due[0].Participant != "ana" || due[0].Matter != "m" {
		t.Fatalf("%+v", due)
	}
	if due := step(time.Time{}, news("ben", 20, 1)); len(due) != 1 || due[0].Topic != "ben" {
		t.Fatalf("%+v", due)
	}
}

func TestNotificationTextIsShortened(t *testing.T) {
	long := news("ana", 1, 1)
	long.Newest.Text = "a\n\n  b " + strings.Repeat("é", 500)
	if body := due(long)[0].Body; !strings.HasPrefix(body, "a b é") || len([]rune(body)) != maxBody+1 {
		t.Fatalf("%q", body)
	}
	// Emoji and flags stay whole.
	for _, one := range []string{"👨‍👩‍👧‍👦", "🇦🇺", "é", "👍🏽"} {
		long.Newest.Text = strings.Repeat(one, 500)
		if body := due(long)[0].Body; body != strings.Repeat(one, maxBody)+"…" {
			t.Fatalf("%q", body)
		}
	}
	long.Newest.Text = "a" + strings.Repeat("\u0301", 5000)
	if body := due(long)[0].Body; len(body) > maxBody*maxBytes+len("…") {
		t.Fatalf("%d bytes", len(body))
	}
	long.Name = strings.Repeat("n", 1000)
	if title := due(long)[0].Title; len(title) != maxTitle+len("…") {
		t.Fatalf("%q", title)
	}
}

func TestNotificationWithoutPreview(t *testing.T) {
	secret := news("ana", 1, 1)
	secret.Reference = "2026-0147"
	var n Notifier
	due, _ := n.Notifications(Due("maya", []chat.UnreadChat{secret}, nil), Limits{NoPreview: true}, noon)
	if got := due[0]; got.Title != "Portal Chat" || got.Body != "New message in 2026-0147" || got.Participant != "ana" || got.CanReply {
		t.Fatalf("%+v", got)
	}
}

// A reminder has one notification when it is due. A new message comes first.
func TestReminderHasANotification(t *testing.T) {
	var n Notifier
	notified := map[string]int64{"ana": 5}
	next := func(noPreview bool, reminded chat.UnreadChat, at int64) (notes []Notification) {
		t.Helper()
		reminded.ReminderAt, reminded.Reference = at, "2026-0147"
		due, now := n.Notifications(Due("maya", []chat.UnreadChat{reminded}, nil), Limits{Notified: notified, NoPreview: noPreview}, noon)
		for key, version := range now {
			notified[key] = version
		}
		return due
	}
	for _, step := range []struct {
		noPreview bool
		chat      chat.UnreadChat
		at        int64
		want      string
	}{
		{false, news("ana", 5, 0), 8, "Reminder: ANA · Elm Street, text of ana"},
		{false, news("ana", 5, 0), 8, ""},
		{true, news("ana", 5, 0), 9, "Portal Chat, Reminder in 2026-0147"},
		{false, news("ana", 6, 1), 10, "ANA · Elm Street, text of ana"},
		{false, news("ana", 6, 1), 10, ""},
	} {
		got := ""
		for _, note := range next(step.noPreview, step.chat, step.at) {
			got += note.Title + ", " + note.Body
		}
		if got != step.want {
			t.Fatalf("%+v: %q", step, got)
		}
	}
}

// A chat's notification can be answered while the chat can be, and says which message it shows.
func TestNotificationCanBeAnswered(t *testing.T) {
	open, ended := news("ana", 5, 1), news("ben", 4, 1)
	open.Newest.ID, ended.Ended = "m1", true
	got := due(open, ended)
	if !got[0].CanReply || !got[0].MarksRead() || got[0].Version != 5 || got[1].CanReply {
		t.Fatalf("%+v", got)
	}
}

// A name from before the portal refused such characters can't reorder the line that it's shown in.
func TestHostileNamesAreHarmless(t *testing.T) {
	hostile := news("ana", 1, 1)
	hostile.Name, hostile.Title, hostile.Newest.Text = "Ana\u202e rofakO", "Elm\nStreet\u2067", "a\x02b\u202d"
	if n := due(hostile)[0]; n.Title != "Ana rofakO · Elm Street" || n.Body != "a b" {
		t.Fatalf("%q, %q", n.Title, n.Body)
	}
}
