package alert

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"matterline/app/chat"
)

func news(participant string, version int64, unread int) chat.News {
	return chat.News{Matter: "m", Title: "Elm Street", Assigned: "maya", Participant: participant, Name: strings.ToUpper(participant), Unread: unread,
		Newest: chat.Message{Participant: participant, Author: participant, Text: "text of " + participant, SentAt: version, Version: version}}
}

func TestDue(t *testing.T) {
	all := []chat.News{news("ana", 5, 2), news("ben", 9, 1), news("carl", 7, 0)}
	if got := Due("tom", all); len(got) != 0 {
		t.Errorf("who is not assigned is told %v", got)
	}
	own := news("ana", 5, 1)
	own.Newest.Author = "maya"
	if got := Due("maya", []chat.News{own}); len(got) != 0 {
		t.Errorf("one's own message raises %v", got)
	}
	got := Due("maya", all)
	if len(got) != 2 || got[0].Participant != "ben" || got[1].Participant != "ana" || got[1].Count != 2 || Unread(got) != 3 {
		t.Errorf("%+v", got)
	}
}

func TestToasts(t *testing.T) {
	alerts := Due("maya", []chat.News{news("ana", 5, 2), news("ben", 9, 1)})
	for _, tt := range []struct {
		name  string
		quiet Quiet
		want  []string
		told  map[string]int64
	}{
		{"One a chat, the newest first", Quiet{}, []string{"ben", "ana"}, map[string]int64{"ana": 5, "ben": 9}},
		{"Not while catching up", Quiet{CatchingUp: true}, nil, nil},
		{"Not twice", Quiet{Toasted: map[string]int64{"ana": 5, "ben": 8}}, []string{"ben"}, map[string]int64{"ben": 9}},
		{"None while hushed, nor later", Quiet{Hushed: true}, nil, map[string]int64{"ana": 5, "ben": 9}},
		{"Not what is in sight, nor later", Quiet{InSight: "ben"}, []string{"ana"}, map[string]int64{"ana": 5, "ben": 9}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			toasts, told := Toasts(alerts, tt.quiet)
			var got []string
			for _, toast := range toasts {
				got = append(got, toast.Participant)
			}
			if !reflect.DeepEqual(got, tt.want) || len(told) != len(tt.told) || len(told) > 0 && !reflect.DeepEqual(told, tt.told) {
				t.Errorf("%v, told %v", got, told)
			}
		})
	}
}

// Past five chats there is one summary.
func TestToastSummary(t *testing.T) {
	var all []chat.News
	for i := range 6 {
		all = append(all, news(fmt.Sprint("p", i), int64(i+1), 7))
	}
	toasts, told := Toasts(Due("maya", all), Quiet{})
	if len(toasts) != 1 || toasts[0].Body != "42 new messages in 6 chats" || toasts[0].Participant != "" || len(told) != 6 {
		t.Fatalf("%+v", toasts)
	}
}

func TestToastIsShort(t *testing.T) {
	long := news("ana", 1, 1)
	long.Newest.Text = "a\n\n  b " + strings.Repeat("é", 500)
	toasts, _ := Toasts(Due("maya", []chat.News{long}), Quiet{})
	if body := toasts[0].Body; !strings.HasPrefix(body, "a b é") || len([]rune(body)) != maxBody+1 {
		t.Fatalf("%q", body)
	}
}

func TestToastWithoutPreview(t *testing.T) {
	secret := news("ana", 1, 1)
	secret.Reference = "2026-0147"
	toasts, _ := Toasts(Due("maya", []chat.News{secret}), Quiet{NoPreview: true})
	if got := toasts[0]; got.Title != "Portal Chat" || got.Body != "2026-0147" || got.Participant != "ana" {
		t.Fatalf("%+v", got)
	}
}

func TestSummary(t *testing.T) {
	for want, all := range map[string][]chat.News{
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
