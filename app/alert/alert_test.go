package alert

import (
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
	if got := Due("tom", all, nil); len(got) != 0 {
		t.Errorf("a user who isn't assigned gets %v", got)
	}
	own := news("ana", 5, 1)
	own.Newest.Author = "maya"
	if got := Due("maya", []chat.UnreadChat{own}, nil); len(got) != 0 {
		t.Errorf("the user's own message raises %v", got)
	}
	got := Due("maya", all, nil)
	if len(got) != 2 || got[0].Participant != "ben" || got[1].Participant != "ana" || got[1].Count != 2 || Unread(got) != 3 {
		t.Errorf("%+v", got)
	}
}

// A colleague's message doesn't read as if the participant had written it.
func TestAlertNamesTheColleague(t *testing.T) {
	fromTom := news("ana", 1, 1)
	fromTom.Newest.Author, fromTom.Colleague = "tom", "Tom\nReed"
	if got := Due("maya", []chat.UnreadChat{fromTom}, nil); got[0].Text != "Tom Reed: text of ana" {
		t.Fatalf("%+v", got)
	}
}

// A reminder that is due raises an alert also in a chat that has been read, and in a colleague's matter.
func TestReminderRaisesAnAlert(t *testing.T) {
	reminded := news("ana", 5, 1)
	reminded.ReminderAt = 8
	got := Due("tom", []chat.UnreadChat{reminded, news("ben", 9, 1)}, nil)
	if len(got) != 1 || got[0].Count != 0 || got[0].Reminder != 8 || got[0].At != 8 || Unread(got) != 0 || Summary(got, false) != "Matterline: 1 reminder: ANA" {
		t.Fatalf("%+v", got)
	}
	reminded.Newest.Author = "maya"
	got = Due("maya", []chat.UnreadChat{reminded, news("ben", 9, 2), news("carl", 3, 1)}, nil)
	if got[1].Text != "You: text of ana" || got[1].Count != 0 || Summary(got, true) != "Matterline: 3 new messages in 2 chats, 1 reminder" {
		t.Fatalf("%+v, %s", got, Summary(got, true))
	}
}

func TestSummary(t *testing.T) {
	for want, all := range map[string][]chat.UnreadChat{
		"Matterline: no new messages":           nil,
		"Matterline: 1 new message from ANA":    {news("ana", 1, 1)},
		"Matterline: 3 new messages from ANA":   {news("ana", 1, 3)},
		"Matterline: 3 new messages in 2 chats": {news("ana", 1, 1), news("ben", 2, 2)},
	} {
		if got := Summary(Due("maya", all, nil), false); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// With several accounts, the tray says whose alert it is, also without previews.
func TestTrayNamesTheFirm(t *testing.T) {
	of := Due("maya", []chat.UnreadChat{news("ana", 1, 1)}, nil)
	of[0].Firm, of[0].Reference = "Hartwell Legal", "2026-0147"
	for want, got := range map[string]string{
		"ANA: Elm Street · Hartwell Legal":                        of[0].Line(false),
		"2026-0147 · Hartwell Legal":                              of[0].Line(true),
		"Matterline: 1 new message from ANA · Hartwell Legal":     Summary(of, false),
		"Matterline: 1 new message in 2026-0147 · Hartwell Legal": Summary(of, true),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Without previews, no name of a person appears.
func TestNoPreviewInTheTray(t *testing.T) {
	secret := news("ana", 1, 1)
	secret.Reference, secret.Title = "2026-0147", strings.Repeat("t", 500)
	alerts := Due("maya", []chat.UnreadChat{secret}, nil)
	if got := Summary(alerts, true); got != "Matterline: 1 new message in 2026-0147" {
		t.Error(got)
	}
	if got := alerts[0].Line(true); got != "2026-0147" {
		t.Error(got)
	}
	if got := alerts[0].Line(false); got != "ANA: "+strings.Repeat("t", maxLine-5)+"…" {
		t.Error(got)
	}
}

// A colleague who covers gets the alerts of messages that arrive meanwhile. The user who is away gets them, too, unless the
// colleague covers alone and can open the matter.
func TestCover(t *testing.T) {
	during, before, after := news("ana", 50, 1), news("ana", 49, 1), news("ana", 60, 1)
	onTeam := during
	onTeam.Team = []string{"tom"}
	both := chat.Cover{Account: "maya", Name: "Maya Hart", By: "tom", From: 50, Until: 60}
	alone, byAdmin := both, both
	alone.Alone, byAdmin.Alone, byAdmin.ByAdmin = true, true, true
	for _, tt := range []struct {
		name      string
		unread    chat.UnreadChat
		cover     chat.Cover
		maya, tom bool
	}{
		{"both", onTeam, both, true, true},
		{"before it starts", before, both, true, false},
		{"after its end", after, both, true, false},
		{"alone", onTeam, alone, false, true},
		{"alone, but can't open the matter", during, alone, true, true}, // Tom has no copy of it
		{"alone, by an admin", during, byAdmin, false, true},
		{"alone, before it starts", before, alone, true, false},
		{"alone, after its end", after, alone, true, false},
	} {
		for user, gets := range map[string]bool{"maya": tt.maya, "tom": tt.tom, "priya": false} {
			got := Due(user, []chat.UnreadChat{tt.unread}, []chat.Cover{tt.cover})
			if len(got) == 1 != gets {
				t.Errorf("%s: %s gets %+v", tt.name, user, got)
			}
			if gets && (user == "tom") != (got[0].CoverFor == "Maya Hart") {
				t.Errorf("%s: %s's alert is for %q", tt.name, user, got[0].CoverFor)
			}
		}
	}
	own := onTeam
	own.Newest.Author = "tom"
	if got := Due("tom", []chat.UnreadChat{own}, []chat.Cover{both}); len(got) != 0 {
		t.Errorf("the colleague's own message raises %+v", got)
	}
}
