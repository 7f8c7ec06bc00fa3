package records_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/records"
)

func TestSend(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		id := uuid.NewString()
		first := records.Outgoing{ID: id, Participant: f.toAna, Text: "hello", WrittenAt: 5}
		one := func(t *testing.T, c chat.Caller, s records.Outgoing) records.SendResult {
			t.Helper()
			return must(f.Send(t.Context(), c, []records.Outgoing{s}))(t)[0]
		}
		sent := one(t, f.maya, first).Message

		t.Run("OK", func(t *testing.T) {
			want := chat.Message{ID: id, Participant: f.toAna, Author: f.maya.Account, Text: "hello", WrittenAt: 5, SentAt: 1_000_000, Version: sent.Version}
			if sent != want || sent.Version == 0 {
				t.Fatalf("%+v", sent)
			}
		})
		t.Run("AgainReturnsTheFirst", func(t *testing.T) {
			f.clock = f.clock.Add(time.Hour)
			if again := one(t, f.maya, first); again.Err != nil || again.Message != sent {
				t.Fatalf("%+v", again)
			}
		})
		t.Run("ErrIDTaken", func(t *testing.T) {
			other := first
			other.Text = "something else"
			if result := one(t, f.maya, other); chat.CodeOf(result.Err) != chat.IDTaken || result.Message != (chat.Message{}) {
				t.Fatalf("%+v", result)
			}
			if result := one(t, f.ana, first); chat.CodeOf(result.Err) != chat.IDTaken {
				t.Fatalf("another author: %+v", result)
			}
		})
		t.Run("ErrNotFound", func(t *testing.T) {
			for name, attempt := range map[string]records.SendResult{
				"another's chat": one(t, f.ana, records.Outgoing{ID: uuid.NewString(), Participant: f.toBen, Text: "x"}),
				"another matter": one(t, f.maya, records.Outgoing{ID: uuid.NewString(), Participant: f.toCarl, Text: "x"}),
				"no chat":        one(t, f.maya, records.Outgoing{ID: uuid.NewString(), Participant: "none", Text: "x"}),
				"nobody":         one(t, f.nobody, records.Outgoing{ID: uuid.NewString(), Participant: f.toAna, Text: "x"}),
			} {
				if !errors.Is(attempt.Err, chat.ErrNotFound) {
					t.Errorf("%s: %v", name, attempt.Err)
				}
			}
		})
		t.Run("ErrMalformed", func(t *testing.T) {
			if result := one(t, f.maya, records.Outgoing{ID: "x", Participant: f.toAna, Text: "x"}); chat.CodeOf(result.Err) != chat.Malformed {
				t.Fatal(result.Err)
			}
			if result := one(t, f.ana, records.Outgoing{ID: uuid.NewString(), Participant: f.toAna, Text: "x", SetStatus: true}); chat.CodeOf(result.Err) != chat.Malformed {
				t.Fatal("a participant set the status:", result.Err)
			}
		})
		t.Run("BadMessageDoesNotBlockTheNext", func(t *testing.T) {
			results := must(f.Send(t.Context(), f.maya, []records.Outgoing{
				{ID: uuid.NewString(), Participant: f.toAna, Text: "a"},
				{ID: uuid.NewString(), Participant: f.toAna, Text: strings.Repeat("x", chat.MaxText+1)},
				{ID: uuid.NewString(), Participant: f.toBen, Text: "b"},
			}))(t)
			if results[0].Err != nil || chat.CodeOf(results[1].Err) != chat.TextTooLong || results[2].Err != nil {
				t.Fatalf("%+v", results)
			}
		})
	})
}

// A page ends at a message. Pages put together equal one large page, in version order.
func TestChangesInPages(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		for i := range 25 {
			f.send(t, f.maya, []string{f.toAna, f.toBen}[i%2], fmt.Sprint(i))
		}
		whole := must(f.Changes(t.Context(), f.maya, f.matter, records.Position{}, 1000))(t)
		if whole.More || len(whole.Messages) != 25 || len(whole.Participants) != 2 || whole.Info == nil || whole.Info.Title != "Elm" {
			t.Fatalf("%+v", whole)
		}
		var joined []chat.Message
		after, pages := int64(0), 0
		for more := true; more; pages++ {
			page := must(f.Changes(t.Context(), f.maya, f.matter, records.Position{Version: after}, 10))(t)
			joined = append(joined, page.Messages...)
			after, more = page.Version, page.More
		}
		if pages != 3 || after != whole.Version {
			t.Fatalf("%d pages to %d, want 3 to %d", pages, after, whole.Version)
		}
		for i, m := range joined {
			if m != whole.Messages[i] || m.Text != fmt.Sprint(i) {
				t.Fatalf("message %d: %+v", i, m)
			}
		}
		if nothing := must(f.Changes(t.Context(), f.maya, f.matter, records.Position{Version: after}, 10))(t); nothing.Version != after || len(nothing.Messages) != 0 || nothing.Info != nil {
			t.Fatalf("after the end: %+v", nothing)
		}
	})
}

func TestWhoSeesAMatter(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		for _, tt := range []struct {
			name string
			c    chat.Caller
			sees bool
		}{
			{"Assigned", f.maya, true}, {"Team", f.team, true}, {"Admin", f.admin, true}, {"OtherUser", f.other, false},
			{"ItsParticipant", f.ana, true}, {"ParticipantElsewhere", f.carl, false}, {"Nobody", f.nobody, false},
			{"ParticipantWithAUserID", chat.Caller{Account: f.maya.Account}, false},
		} {
			t.Run(tt.name, func(t *testing.T) {
				_, err := f.Changes(t.Context(), tt.c, f.matter, records.Position{}, 10)
				if (err == nil) != tt.sees || err != nil && !errors.Is(err, chat.ErrNotFound) {
					t.Errorf("changes: %v", err)
				}
				inHeads := false
				for _, head := range must(f.Heads(t.Context(), tt.c))(t) {
					inHeads = inHeads || head.Matter == f.matter
				}
				if inHeads != tt.sees {
					t.Errorf("in heads: %v", inHeads)
				}
			})
		}
	})
}

// No version number shows a participant that other chats have new messages.
func TestVersionsHideOtherChats(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		f.send(t, f.maya, f.toAna, "to Ana")
		before := must(f.Heads(t.Context(), f.ana))(t)
		f.send(t, f.maya, f.toBen, "to Ben")
		if err := f.MarkRead(t.Context(), f.maya, f.toAna, 1<<40); err != nil {
			t.Fatal(err)
		}
		if after := must(f.Heads(t.Context(), f.ana))(t); after[0] != before[0] {
			t.Fatalf("Ana's head moved from %v to %v", before, after)
		}
		page := must(f.Changes(t.Context(), f.ana, f.matter, records.Position{Version: before[0].Version}, 10))(t)
		if page.Version != before[0].Version || len(page.Messages)+len(page.Reads) > 0 {
			t.Fatalf("%+v", page)
		}
		if info := must(f.Changes(t.Context(), f.ana, f.matter, records.Position{}, 10))(t).Info; info == nil || info.Assigned != "" || info.Team != nil {
			t.Fatalf("Ana sees of the matter: %+v", info)
		}
	})
}

func TestMarkReadOnlyMovesForward(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		f.send(t, f.ana, f.toAna, "one")
		f.send(t, f.ana, f.toAna, "two")
		m := must(f.Changes(t.Context(), f.maya, f.matter, records.Position{}, 10))(t).Messages[0]
		for _, tt := range []struct{ mark, want int64 }{{m.Version, m.Version}, {0, m.Version}, {1 << 40, m.Version + 1}, {m.Version, m.Version + 1}} {
			if err := f.MarkRead(t.Context(), f.maya, f.toAna, tt.mark); err != nil {
				t.Fatal(err)
			}
			reads := must(f.Changes(t.Context(), f.maya, f.matter, records.Position{}, 10))(t).Reads
			if len(reads) != 1 || reads[0].Upto != tt.want {
				t.Fatalf("after marking %d: %+v, want %d", tt.mark, reads, tt.want)
			}
		}
		if err := f.MarkRead(t.Context(), f.admin, f.toAna, m.Version); err != nil {
			t.Fatal(err)
		}
		users := must(f.Changes(t.Context(), f.maya, f.matter, records.Position{}, 10))(t).Users
		if !slices.ContainsFunc(users, func(u chat.User) bool { return u.ID == f.admin.Account && u.Name != "" }) {
			t.Fatalf("the reader has no name: %+v", users)
		}
		if err := f.MarkRead(t.Context(), f.ana, f.toBen, 1); !errors.Is(err, chat.ErrNotFound) {
			t.Fatal(err)
		}
	})
}

func TestSignIn(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		ctx := context.Background()
		t.Run("OK", func(t *testing.T) {
			token := must(f.SignInByPassword(ctx, " MAYA ", "right", chat.Origin{Device: "laptop"}))(t)
			if c := must(f.Caller(ctx, token))(t); c.Account != f.maya.Account || !c.User || c.Admin || c.Device != "laptop" {
				t.Fatalf("%+v", c)
			}
			if err := f.EndSession(ctx, token, chat.Origin{}); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Caller(ctx, token); chat.CodeOf(err) != chat.SignedOut {
				t.Fatal(err)
			}
		})
		t.Run("ErrWrongPassword", func(t *testing.T) {
			for _, tt := range [][2]string{{"maya", "wrong"}, {"maya", ""}, {"nobody", "right"}, {"ana", ""}, {"", ""}} {
				if _, err := f.SignInByPassword(ctx, tt[0], tt[1], chat.Origin{}); chat.CodeOf(err) != chat.WrongPassword {
					t.Errorf("%q: %v", tt, err)
				}
			}
		})
		t.Run("ErrLinkExpired", func(t *testing.T) {
			secret := must(f.AddLink(ctx, f.ana.Account, f.clock.Add(time.Hour)))(t)
			must(f.SignInByLink(ctx, secret, chat.Origin{}))(t)
			f.clock = f.clock.Add(time.Hour)
			user := must(f.AddLink(ctx, f.maya.Account, f.clock.Add(time.Hour)))(t)
			for _, s := range []string{secret, user, "", "made up"} {
				if _, err := f.SignInByLink(ctx, s, chat.Origin{}); chat.CodeOf(err) != chat.LinkExpired {
					t.Errorf("%q: %v", s, err)
				}
			}
		})
		t.Run("ErrTaken", func(t *testing.T) {
			if _, err := f.AddAccount(ctx, records.Account{Email: "Maya"}); chat.CodeOf(err) != chat.Taken {
				t.Fatal(err)
			}
		})
	})
}

// The first sign-in marks a participant as joined.
func TestJoined(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		before := must(f.Changes(t.Context(), f.maya, f.matter, records.Position{}, 10))(t)
		must(f.StartSession(t.Context(), f.ana.Account, chat.Origin{}))(t)
		must(f.StartSession(t.Context(), f.ana.Account, chat.Origin{}))(t)
		page := must(f.Changes(t.Context(), f.maya, f.matter, records.Position{Version: before.Version}, 10))(t)
		if len(page.Participants) != 1 || !page.Participants[0].Joined || page.Version != before.Version+1 {
			t.Fatalf("%+v", page)
		}
	})
}

// A watch collects every commit after it began, even if its updates are taken late.
func TestWatch(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		w := f.Watch(chat.Caller{User: true})
		defer w.Close()
		for range 100 {
			f.send(t, f.maya, f.toAna, "x")
		}
		<-w.Ready()
		if received := w.Take(""); len(received.Messages) != 1 || received.SignedOut {
			t.Fatal(received)
		}
	})
}

// With 32 concurrent writers, a reader who follows a matter by its versions misses nothing, gets nothing
// twice, and sees versions in order.
func TestFollowersMissNothing(t *testing.T) {
	on(t, func(t *testing.T, f *firm) {
		const writers, each = 32, 12
		ctx := t.Context()
		sent := make(chan string, writers*each*2)
		var writing sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				for i := range each {
					batch := make([]records.Outgoing, 1+2*(i%2))
					for n := range batch {
						batch[n] = records.Outgoing{ID: uuid.NewString(), Participant: []string{f.toAna, f.toBen}[w%2], Text: fmt.Sprint(w, i, n)}
					}
					result, err := f.Send(ctx, f.maya, batch)
					if err != nil {
						t.Error(err)
						return
					}
					for _, s := range result {
						if s.Err != nil {
							t.Error(s.Err)
						}
						sent <- s.Message.ID
					}
				}
			})
		}
		done := make(chan struct{})
		go func() {
			writing.Wait()
			close(done)
		}()
		var reading sync.WaitGroup
		received := make([]map[string]bool, 3)
		for r := range received {
			received[r] = map[string]bool{}
			reading.Go(func() {
				after := int64(0)
				for last := false; ; {
					page, err := f.Changes(ctx, f.maya, f.matter, records.Position{Version: after}, 7)
					if err != nil {
						t.Error(err)
						return
					}
					for _, m := range page.Messages {
						if m.Version <= after || received[r][m.ID] {
							t.Errorf("version %d of %s after %d, or twice", m.Version, m.ID, after)
						}
						received[r][m.ID] = true
						after = m.Version
					}
					after = page.Version
					if page.More {
						continue
					}
					if last {
						return
					}
					select {
					case <-done:
						last = true // everything is committed: read once more
					default:
					}
				}
			})
		}
		writing.Wait()
		reading.Wait()
		close(sent)
		all := 0
		for id := range sent {
			all++
			for r := range received {
				if !received[r][id] {
					t.Errorf("reader %d missed %s", r, id)
				}
			}
		}
		for r := range received {
			if len(received[r]) != all {
				t.Errorf("reader %d has %d messages of %d", r, len(received[r]), all)
			}
		}
	})
}
