package portal_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// received is everything that a participant can ask for, byte by byte, with the headers.
func (s *served) received(t *testing.T, token string, version int64) string {
	t.Helper()
	var all strings.Builder
	ask := func(path, etag string) http.Header {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+portalapi.Prefix+path, nil)
		check(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("If-None-Match", etag)
		res, err := http.DefaultClient.Do(req)
		check(t, err)
		defer res.Body.Close()
		header := res.Header.Clone()
		header.Del("Date")
		fmt.Fprintf(&all, "%s: %s\n", path, res.Status)
		check(t, header.Write(&all))
		_, err = io.Copy(&all, res.Body)
		check(t, err)
		return header
	}
	etag := ask("/matters", "").Get("ETag")
	ask("/matters", etag)
	for _, after := range []int64{0, version - 1, version, version + 1} {
		ask(fmt.Sprintf("/matters/%s/changes?after=%d", s.matter, after), "")
	}
	ask(fmt.Sprintf("/matters/%s/changes?after=0&limit=1", s.matter), "")
	for _, path := range []string{"/me", "/firm", "/firm/settings", "/sessions", "/users", "/audit", "/replies"} {
		ask(path, "")
	}
	return all.String()
}

// liveStream opens the live stream with a raw request and returns its lines.
func (s *served) liveStream(t *testing.T, token string) *bufio.Scanner {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+portalapi.Prefix+portalapi.Live.Path, nil)
	check(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	check(t, err)
	t.Cleanup(func() { res.Body.Close() })
	return bufio.NewScanner(res.Body)
}

// nextEvent returns the next event of a live stream, but for pings.
func nextEvent(t *testing.T, lines *bufio.Scanner) (name string, data []byte) {
	t.Helper()
	for name == "" || name == portalapi.EventPing {
		name, data = anyEvent(t, lines)
	}
	return name, data
}

// anyEvent returns the next event of a live stream.
func anyEvent(t *testing.T, lines *bufio.Scanner) (name string, data []byte) {
	t.Helper()
	if !lines.Scan() {
		t.Fatal("the stream ended:", lines.Err())
	}
	name, _ = strings.CutPrefix(lines.Text(), "event: ")
	lines.Scan()
	data = bytes.Clone(bytes.TrimPrefix(lines.Bytes(), []byte("data: ")))
	lines.Scan()
	return name, data
}

// Nothing that another person does in or around a participant's matter, and that the participant isn't shown, changes
// a byte of what they receive: not a version, a mark, an ETag, a size or an event.
func TestWhatOthersDoChangesNothingForAParticipant(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			s := serveOn(t, engine.open(t))
			ctx, store := t.Context(), s.store
			add := func(name string, user, admin bool) chat.Caller {
				id, err := store.AddAccount(ctx, records.Account{Email: name + "@firm.example", Name: name, User: user, Admin: admin})
				check(t, err)
				return chat.Caller{Account: id, Name: name, User: user, Admin: admin}
			}
			maya := chat.Caller{Account: s.maya, Name: "Maya Smith", User: true}
			ana := chat.Caller{Account: s.ana, Name: "Ana"}
			tom, lee, ben, carl := add("tom", true, false), add("lee", true, true), add("ben", false, false), add("carl", false, false)
			check(t, store.SetTeam(ctx, maya, s.matter, []string{tom.Account}))
			toBen, err := store.AddParticipant(ctx, chat.Participant{Matter: s.matter, Name: "Ben", Role: "Lender"}, ben.Account)
			check(t, err)
			quay, err := store.AddMatter(ctx, chat.Matter{Reference: "2", Title: "Quay", Assigned: tom.Account})
			check(t, err)
			toCarl, err := store.AddParticipant(ctx, chat.Participant{Matter: quay, Name: "Carl", Role: "Client"}, carl.Account)
			check(t, err)
			send := func(c chat.Caller, to, text string, status bool) (chat.Message, error) {
				results, err := store.Send(ctx, c, []records.Outgoing{{ID: uuid.NewString(), Participant: to, Text: text, SetStatus: status}})
				if err != nil {
					return chat.Message{}, err
				}
				return results[0].Message, results[0].Err
			}
			sent := func(_ chat.Message, err error) error { return err }
			token, err := store.StartSession(ctx, s.ana, chat.Origin{Device: "phone"})
			check(t, err)
			status, err := send(maya, s.toAna, "Searches ordered", true)
			check(t, err)
			_, err = send(ana, s.toAna, "Thank you", false)
			check(t, err)
			check(t, store.MarkRead(ctx, ana, s.toAna, 1<<40))

			stream := s.liveStream(t, token)
			name, data := nextEvent(t, stream)
			var heads portalapi.Heads
			check(t, json.Unmarshal(data, &heads))
			head := heads.Matters[0]
			if name != portalapi.EventHeads || head.Matter != s.matter || head.Mark == "" {
				t.Fatalf("%s %s", name, data)
			}
			before := s.received(t, token, head.Version)

			var removed, invited, secret string
			for _, action := range []struct {
				what string
				do   func() error
			}{
				{"the assigned user reads", func() error { return store.MarkRead(ctx, maya, s.toAna, 1<<40) }},
				{"the team reads", func() error { return store.MarkRead(ctx, tom, s.toAna, 1<<40) }},
				{"a user sets a reminder", func() error {
					return store.SetReminder(ctx, maya, chat.Reminder{Participant: s.toAna, DueAt: 1, SetAt: 1})
				}},
				{"an admin reads", func() error { return store.MarkRead(ctx, lee, s.toAna, 1<<40) }},
				{"a message to another participant", func() error { return sent(send(maya, toBen, "For Ben", false)) }},
				{"another participant's status", func() error { return sent(send(maya, toBen, "Offer sent", true)) }},
				{"another participant's status ends", func() error { return store.SetStatus(ctx, maya, toBen, "", nil) }},
				{"another participant signs in", func() error { _, err := store.StartSession(ctx, ben.Account, chat.Origin{}); return err }},
				{"another participant writes", func() error { return sent(send(ben, toBen, "Hello", false)) }},
				{"another participant reads", func() error { return store.MarkRead(ctx, ben, toBen, 1<<40) }},
				{"another participant is edited", func() error {
					return store.EditParticipant(ctx, maya, chat.Participant{ID: toBen, Name: "Benjamin", Role: "Bank", OtherSide: true})
				}},
				{"a participant is added", func() (err error) {
					removed, err = store.PutOnPortal(ctx, maya, chat.Participant{Matter: s.matter, Name: "Dan", Role: "Agent"})
					return err
				}},
				{"a participant is removed", func() error { return store.RemoveParticipant(ctx, maya, removed) }},
				{"a participant is invited", func() (err error) {
					if invited, err = store.PutOnPortal(ctx, maya, chat.Participant{Matter: s.matter, Name: "Eve", Role: "Agent"}); err == nil {
						_, _, err = store.Invite(ctx, maya, invited)
					}
					return err
				}},
				{"an invitation is revoked", func() error { return store.RevokeInvitation(ctx, maya, invited) }},
				{"wrong PINs end an invitation", func() (err error) {
					var pin string
					if secret, pin, _, err = store.InviteWithPIN(ctx, maya, invited); err == nil {
						wrong := "123456"
						if pin == wrong {
							wrong = "654321"
						}
						for range 5 {
							_, _, err = store.Accept(ctx, secret, wrong, "eve@client.example", "a long enough one", chat.Origin{})
						}
						if chat.CodeOf(err) == chat.LinkExpired {
							err = nil
						}
					}
					return err
				}},
				{"an invitation is accepted", func() (err error) {
					if secret, _, err = store.Invite(ctx, maya, invited); err == nil {
						_, _, err = store.Accept(ctx, secret, "", "eve@client.example", "a long enough one", chat.Origin{})
					}
					return err
				}},
				{"the matter is reassigned", func() error { return store.Assign(ctx, maya, s.matter, tom.Account) }},
				{"the team changes", func() error { return store.SetTeam(ctx, tom, s.matter, []string{maya.Account, lee.Account}) }},
				{"only the matter's type changes", func() error {
					return store.EditMatter(ctx, maya, chat.Matter{ID: s.matter, Reference: "1", Title: "Elm Street", Type: "Lease"})
				}},
				{"the status is set again", func() error { return store.SetStatus(ctx, maya, s.toAna, status.ID, nil) }},
				{"the participant is saved unchanged", func() error {
					return store.EditParticipant(ctx, maya, chat.Participant{ID: s.toAna, Name: "Ana", Role: "Client"})
				}},
				{"a file of matters is imported", func() error {
					_, problems, err := store.Import(ctx, []records.ImportRow{
						{Line: 1, Reference: "1", Title: "Elm Street", Type: "Sale", Assigned: "maya@firm.example", Team: []string{"lee@firm.example"}, Participant: "Ana", Role: "Client"},
						{Line: 2, Reference: "1", Participant: "Benjamin", Role: "Lender"},
						{Line: 3, Reference: "1", Participant: "Fay", Role: "Agent"},
					}, false)
					if len(problems) > 0 {
						t.Error(problems)
					}
					return err
				}},
				{"a user who never wrote to the participant takes a new name", func() error { return store.Rename(ctx, lee, "Lee Ito") }},
				{"a user who never wrote to the participant takes another user's name", func() error { return store.Rename(ctx, lee, "Tom") }},
				{"another matter is busy", func() error {
					if _, err := send(carl, toCarl, "Hello", false); err != nil {
						return err
					}
					return store.SetClosed(ctx, tom, quay, true)
				}},
				{"a matter is opened", func() error {
					_, err := store.OpenMatter(ctx, tom, chat.Matter{Reference: "3", Title: "T", Type: "Y"})
					return err
				}},
				{"a user is added", func() error {
					_, err := store.AddUser(ctx, lee, records.Account{Email: "new@firm.example", Name: "New", Password: "a long enough one"})
					return err
				}},
				{"a user is added who chooses their password", func() error {
					_, _, err := store.AddUserByLink(ctx, lee, records.Account{Email: "newer@firm.example", Name: "Newer"})
					return err
				}},
				{"an admin makes a reset link for the participant", func() error { _, err := store.AddReset(ctx, lee, s.ana); return err }},
				{"another participant chooses a new password", func() error {
					link, err := store.AddReset(ctx, lee, ben.Account)
					if err == nil {
						_, _, err = store.UseReset(ctx, link.Secret, "a long enough one", chat.Origin{})
					}
					return err
				}},
				{"an admin ends another participant's session", func() error {
					sessions, err := store.AccountSessions(ctx, lee, ben.Account, "")
					if err == nil {
						err = store.EndAccountSession(ctx, lee, ben.Account, sessions[0].ID, false)
					}
					return err
				}},
				{"the firm changes its settings", func() error {
					settings := chat.DefaultFirmSettings
					settings.TeamManages, settings.OfflineDays = true, 3
					return store.SetSettings(ctx, lee, settings)
				}},
				{"a reply is saved", func() error {
					return store.SaveReply(ctx, lee, chat.Reply{ID: uuid.NewString(), Title: "T", Text: "X", Firm: true})
				}},
				{"someone signs out", func() error { return store.EndSession(ctx, s.mayaToken, chat.Origin{}) }},
			} {
				check(t, action.do())
				if after := s.received(t, token, head.Version); after != before {
					t.Errorf("%s: a participant receives\n%s\nbefore:\n%s", action.what, after, before)
					before = after
				}
			}

			another := s.liveStream(t, token)
			nextEvent(t, another)
			want := fmt.Sprintf(`{"totals":{"matters":1,"versions":%d}}`, head.Version)
			if name, data = anyEvent(t, another); name != portalapi.EventPing || string(data) != want {
				t.Errorf("%s %s, want a ping with %s", name, data, want)
			}

			// The next thing in the stream is the participant's own next change, and it follows the last.
			m, err := send(maya, s.toAna, "For Ana", false)
			check(t, err)
			var page chat.Changes
			name, data = nextEvent(t, stream)
			check(t, json.Unmarshal(data, &page))
			if name != portalapi.EventChanges || page.After != head.Version || page.AfterMark != head.Mark || page.Version != head.Version+1 ||
				page.Mark == "" || len(page.Messages) != 1 || page.Messages[0].ID != m.ID || page.Messages[0].Version != page.Version {
				t.Fatalf("after version %d with mark %s: %s %s", head.Version, head.Mark, name, data)
			}
			if m, err = send(ana, s.toAna, "Thanks", false); err != nil || m.Version != page.Version+1 {
				t.Fatalf("the answer to the participant's message: %+v, %v", m, err)
			}
		})
	}
}
