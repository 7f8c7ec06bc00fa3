package alert

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"matterline/app/chat"
)

func news(participant string, version int64, unread int) chat.UnreadChat {
	return chat.UnreadChat{Matter: "m", Title: "Elm Street", Assigned: "maya", Participant: participant, Name: strings.ToUpper(participant), Unread: unread,
		Newest: chat.Message{Participant: participant, Author: participant, Text: "text of " + participant, SentAt: version, Version: version}}
}

func TestDue(t *testing.T) {
	all := []chat.UnreadChat{news("ana", 5, 2), news("ben", 9, 1), news("carl", 7, 0)}
	if got := Due("tom", all); len(got) != 0 {
		t.Errorf("a user who isn't assigned gets %v", got)
	}
	own := news("ana", 5, 1)
	own.Newest.Author = "maya"
	if got := Due("maya", []chat.UnreadChat{own}); len(got) != 0 {
		t.Errorf("the user's own message raises %v", got)
	}
	got := Due("maya", all)
	if len(got) != 2 || got[0].Participant != "ben" || got[1].Participant != "ana" || got[1].Count != 2 || Unread(got) != 3 {
		t.Errorf("%+v", got)
	}
}

// A colleague's message doesn't read as if the participant had written it.
func TestAlertNamesTheColleague(t *testing.T) {
	fromTom := news("ana", 1, 1)
	fromTom.Newest.Author, fromTom.Colleague = "tom", "Tom\nReed"
	if got := Due("maya", []chat.UnreadChat{fromTom}); got[0].Text != "Tom Reed: text of ana" {
		t.Fatalf("%+v", got)
	}
}

func TestNotifications(t *testing.T) {
	alerts := Due("maya", []chat.UnreadChat{news("ana", 5, 2), news("ben", 9, 1)})
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
		{"None for the chat in sight, and none later", Limits{InSight: "ben"}, []string{"ana"}, map[string]int64{"ana": 5, "ben": 9}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			due, notified := Notifications(alerts, tt.limits)
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
	var all []chat.UnreadChat
	for i := range 6 {
		all = append(all, news(fmt.Sprint("p", i), int64(i+1), 7))
	}
	due, notified := Notifications(Due("maya", all), Limits{})
	if len(due) != 1 || due[0].Body != "42 new messages in 6 chats" || due[0].Participant != "" || len(notified) != 6 {
		t.Fatalf("%+v", due)
	}
}

func TestNotificationTextIsShortened(t *testing.T) {
	long := news("ana", 1, 1)
	long.Newest.Text = "a\n\n  b " + strings.Repeat("é", 500)
	due, _ := Notifications(Due("maya", []chat.UnreadChat{long}), Limits{})
	if body := due[0].Body; !strings.HasPrefix(body, "a b é") || len([]rune(body)) != maxBody+1 {
		t.Fatalf("%q", body)
	}
}

func TestNotificationWithoutPreview(t *testing.T) {
	secret := news("ana", 1, 1)
	secret.Reference = "2026-0147"
	due, _ := Notifications(Due("maya", []chat.UnreadChat{secret}), Limits{NoPreview: true})
	if got := due[0]; got.Title != "Portal Chat" || got.Body != "New message in 2026-0147" || got.Participant != "ana" {
		t.Fatalf("%+v", got)
	}
}

func TestSummary(t *testing.T) {
	for want, all := range map[string][]chat.UnreadChat{
		"Matterline: no new messages":           nil,
		"Matterline: 1 new message from ANA":    {news("ana", 1, 1)},
		"Matterline: 3 new messages from ANA":   {news("ana", 1, 3)},
		"Matterline: 3 new messages in 2 chats": {news("ana", 1, 1), news("ben", 2, 2)},
	} {
		if got := Summary(Due("maya", all)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A name from before the portal refused such characters can't reorder the line that it's shown in.
func TestHostileNamesAreHarmless(t *testing.T) {
	hostile := news("ana", 1, 1)
	hostile.Name, hostile.Title, hostile.Newest.Text = "Ana\u202e rofakO", "Elm\nStreet\u2067", "a\x02b\u202d"
	due, _ := Notifications(Due("maya", []chat.UnreadChat{hostile}), Limits{})
	if n := due[0]; n.Title != "Ana rofakO · Elm Street" || n.Body != "a b" {
		t.Fatalf("%q", n)
	}
}
