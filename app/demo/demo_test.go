package demo

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// The scripts have 12 matters with 30 participants and 600 messages, in order of time, and only participants who have
// joined write messages.
func TestScripts(t *testing.T) {
	all, err := scripts()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 17, 0, 0, 0, time.Local)
	participants, messages := 0, 0
	for _, s := range all {
		if s.title == "" || s.matterType == "" || !isUser(s.assigned) || len(s.participants) == 0 {
			t.Errorf("%s is incomplete: %+v", s.reference, s)
		}
		for _, p := range s.participants {
			participants++
			messages += len(p.messages)
			last := s.openedAt(now)
			for _, m := range p.messages {
				at := m.at(now)
				if at.Before(last) || at.After(now) {
					t.Errorf("%s, %s: %q is out of order", s.reference, p.key, m.text)
				}
				last = at
				if m.author == p.key && !p.joined {
					t.Errorf("%s, %s writes but hasn't joined", s.reference, p.key)
				}
				if text := fillDates(m.text, now); strings.ContainsAny(text, "{}") {
					t.Errorf("%s, %s: invalid date: %q", s.reference, p.key, text)
				}
			}
		}
	}
	if len(all) != 12 || participants != 30 || messages != 600 {
		t.Errorf("%d matters, %d participants, %d messages", len(all), participants, messages)
	}
}

func TestParse(t *testing.T) {
	for _, bad := range []string{"21 16:05 ana hello", "participant ana", "participant ana A | B | tall", "chat nobody",
		"participant a A | B\nchat a\n21 16:05 tim hello", "participant a A | B\nchat a\nsoon 16:05 a hello", "participant a A | B\nchat a\n3 25:05 a hello"} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestDatesAreWorkdays(t *testing.T) {
	monday := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	if got := fillDates("{-1} {-1 weekday} {+4 weekday} {+5} {+9}", monday); got != "20 November Friday Friday 30 November 4 December" {
		t.Fatal(got)
	}
}

// A user signs in to a new demo firm and writes to a client, and the client reads the message and answers.
func TestClientsAnswer(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p, err := Start(ctx, t.TempDir(), "127.0.0.1:0", fstest.MapFS{}, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	in := &portalapi.SignInInput{}
	in.Body.Email, in.Body.Password = Email, Password
	session, err := portalapi.Call(ctx, portalapi.NewClient(p.Address, ""), portalapi.SignIn, in)
	if err != nil {
		t.Fatal(err)
	}
	if session.Body.Me.MustChange {
		t.Error("the demo's user has to change the password")
	}
	maya := portalapi.NewClient(p.Address, session.Body.Token)
	heads, err := portalapi.Call(ctx, maya, portalapi.Matters, &portalapi.MattersInput{})
	if err != nil {
		t.Fatal(err)
	}
	page, err := portalapi.Call(ctx, maya, portalapi.Changes, &portalapi.ChangesInput{Matter: heads.Body.Matters[0].Matter, Limit: 2000})
	if err != nil {
		t.Fatal(err)
	}
	var to chat.Participant
	for _, to = range page.Body.Participants {
		if to.Joined {
			break
		}
	}
	send := &portalapi.SendMessagesInput{}
	send.Body.Messages = []portalapi.Outgoing{{ID: "0190163d-8694-739b-aea5-966c26f8ad91", Participant: to.ID, Text: "How are you?"}}
	if _, err := portalapi.Call(ctx, maya, portalapi.SendMessages, send); err != nil {
		t.Fatal(err)
	}
	read, answered := false, errors.New("answered")
	err = maya.Follow(ctx, func(ev portalapi.Event) error {
		if ev.Changes == nil {
			return nil
		}
		for _, r := range ev.Changes.Reads {
			read = read || r.Participant == to.ID && r.Reader == to.ID
		}
		for _, m := range ev.Changes.Messages {
			if m.Participant == to.ID && m.FromParticipant() {
				return answered
			}
		}
		return nil
	})
	if !errors.Is(err, answered) || !read {
		t.Fatalf("read: %v; %v", read, err)
	}
}
