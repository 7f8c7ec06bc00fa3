package portal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// The kinds of callers, in relation to one matter and one chat in it.
const (
	admin     = "admin"
	assigned  = "assigned user"
	team      = "team user"
	otherUser = "other user"
	own       = "the chat's participant"
	sibling   = "a participant of the same matter"
	stranger  = "a participant of another matter"
	former    = "a former participant"
	nobody    = "nobody"
)

var (
	kinds   = []string{admin, assigned, team, otherUser, own, sibling, stranger, former, nobody}
	mayOpen = []string{admin, assigned, team} // the users who may see the matter
	// mayManage are the users who may reassign, close and reopen the matter, and change its team, unless the firm lets the
	// team.
	mayManage  = []string{admin, assigned}
	notForTeam = map[string]chat.Code{team: chat.NotAllowed}
	users      = append(slices.Clone(mayOpen), otherUser)
	signed     = kinds[:len(kinds)-1]
	// participants are the callers who aren't users.
	participants = []string{own, sibling, stranger, former}
)

// fixture is a new matter for one test case, with its contents.
type fixture struct {
	matter, participant, message, user, session string
	owner                                       string // the session's account
	newID                                       string // the id for a message to send
}

// missing is a fixture that doesn't exist. Its user does.
func (f fixture) missing() fixture {
	return fixture{matter: uuid.NewString(), participant: uuid.NewString(), message: uuid.NewString(), session: uuid.NewString(), owner: f.owner, user: f.user, newID: f.newID}
}

// operationTest is one operation called at a fixture, and the callers who may use it.
type operationTest struct {
	op   string
	path func(f fixture) string
	body func(f fixture) any
	may  []string
	// refused is the code that other callers get, if not not_found.
	refused map[string]chat.Code
	// anywhere means that the operation names no matter and no chat.
	anywhere bool
	// confirms means that the session of a caller who may use it must be confirmed.
	confirms bool
}

func at(format string, part func(fixture) string) func(fixture) string {
	return func(f fixture) string { return fmt.Sprintf(format, part(f)) }
}

func fixed(path string) func(fixture) string { return func(fixture) string { return path } }

func matterOf(f fixture) string      { return f.matter }
func participantOf(f fixture) string { return f.participant }

type object = map[string]any

func notForUsers(code chat.Code) map[string]chat.Code        { return notFor(users, code) }
func notForParticipants(code chat.Code) map[string]chat.Code { return notFor(participants, code) }

func notFor(kinds []string, code chat.Code) map[string]chat.Code {
	refused := map[string]chat.Code{}
	for _, kind := range kinds {
		refused[kind] = code
	}
	return refused
}

var operationTests = []operationTest{
	{op: "matters", path: fixed("/matters"), may: signed, anywhere: true},
	{op: "me", path: fixed("/me"), may: signed, anywhere: true},
	{op: "sessions", path: fixed("/sessions"), may: signed, anywhere: true},
	{op: "live", path: fixed("/live"), may: signed, anywhere: true},
	{op: "sign-out", path: fixed("/sessions/current"), may: signed, anywhere: true},
	{op: "rename", path: fixed("/me"), body: func(fixture) any { return object{"name": "New Name"} }, may: signed, anywhere: true},
	{op: "change-password", path: fixed("/me/password"), body: func(fixture) any { return object{"old": "", "new": "a long enough one"} },
		refused: map[string]chat.Code{admin: chat.WrongPassword, assigned: chat.WrongPassword, team: chat.WrongPassword, otherUser: chat.WrongPassword,
			own: chat.WrongPassword, sibling: chat.WrongPassword, stranger: chat.WrongPassword, former: chat.WrongPassword}, anywhere: true},
	{op: "revoke-session", path: at("/sessions/%s", func(f fixture) string { return f.session }), may: []string{assigned}}, // the session is hers

	{op: "changes", path: at("/matters/%s/changes", matterOf), may: append(slices.Clone(mayOpen), own, sibling)},
	{op: "send-messages", path: fixed("/messages"), body: func(f fixture) any {
		return object{"messages": []any{object{"id": f.newID, "participant": f.participant, "text": "hello", "written_at": 1}}}
	}, may: append(slices.Clone(mayOpen), own)},
	{op: "mark-read", path: fixed("/reads"), body: func(f fixture) any {
		return object{"reads": []any{object{"participant": f.participant, "upto": 100}}}
	}, may: append(slices.Clone(mayOpen), own)},
	{op: "reminders", path: fixed("/reminders"), may: users, anywhere: true},
	{op: "set-reminders", path: fixed("/reminders"), body: func(f fixture) any {
		return object{"reminders": []any{object{"participant": f.participant, "due_at": 1, "seen_at": 0, "set_at": 1}}}
	}, may: mayOpen},
	{op: "set-status", path: at("/participants/%s/status", participantOf), body: func(f fixture) any { return object{"message": f.message} }, may: mayOpen},
	{op: "edit-matter", path: at("/matters/%s", matterOf), body: func(fixture) any {
		return object{"reference": uuid.NewString(), "title": "T", "type": "Y"}
	}, may: mayOpen},
	{op: "close-matter", path: at("/matters/%s/closed", matterOf), body: func(fixture) any { return object{"closed": true} }, may: mayManage, refused: notForTeam},
	{op: "assign", path: at("/matters/%s/assigned", matterOf), body: func(f fixture) any { return object{"user": f.user} }, may: mayManage, refused: notForTeam},
	{op: "set-team", path: at("/matters/%s/team", matterOf), body: func(f fixture) any { return object{"users": []string{f.user}} }, may: mayManage, refused: notForTeam},
	{op: "add-participant", path: at("/matters/%s/participants", matterOf), body: func(fixture) any { return object{"name": "N", "role": "Client"} }, may: mayOpen},
	{op: "edit-participant", path: at("/participants/%s", participantOf), body: func(fixture) any { return object{"name": "N", "role": "Client"} }, may: mayOpen},
	{op: "remove-participant", path: at("/participants/%s", participantOf), may: mayOpen},
	{op: "invite", path: at("/participants/%s/invitation", participantOf), refused: map[string]chat.Code{admin: chat.Taken, assigned: chat.Taken, team: chat.Taken}},
	{op: "revoke-invitation", path: at("/participants/%s/invitation", participantOf), refused: map[string]chat.Code{admin: chat.Taken, assigned: chat.Taken, team: chat.Taken}},
	{op: "open-matter", path: fixed("/matters"), body: func(fixture) any {
		return object{"reference": uuid.NewString(), "title": "T", "type": "Y"}
	}, may: users, anywhere: true},
	{op: "users", path: fixed("/users"), may: users, anywhere: true},
	{op: "replies", path: fixed("/replies"), may: users, anywhere: true},
	{op: "save-reply", path: at("/replies/%s", func(f fixture) string { return f.newID }), body: func(fixture) any {
		return object{"title": "T", "text": "X"}
	}, may: users, anywhere: true},
	{op: "remove-reply", path: at("/replies/%s?firm=true", func(f fixture) string { return f.newID }),
		refused: map[string]chat.Code{assigned: chat.NotAllowed, team: chat.NotAllowed, otherUser: chat.NotAllowed}, anywhere: true}, // there is none: see TestReplies
	{op: "report-activity", path: fixed("/activity"), body: func(f fixture) any {
		return object{"reports": []any{object{"id": f.newID, "action": "chat.export", "matter": f.matter, "participant": f.participant, "at": 1}}}
	}, may: users}, // also users who may no longer see the matter
	{op: "add-user", path: fixed("/users"), body: func(fixture) any {
		return object{"email": uuid.NewString() + "@firm.example", "name": "N", "password": "a long enough one"}
	}, may: []string{admin}, refused: notForUsers(chat.NotAllowed), anywhere: true, confirms: true},
	{op: "edit-user", path: at("/users/%s", func(f fixture) string { return f.user }), body: func(fixture) any {
		return object{"admin": true, "active": true}
	}, may: []string{admin}, refused: notForUsers(chat.NotAllowed), anywhere: true, confirms: true},
	{op: "reset-link", path: at("/accounts/%s/reset", func(f fixture) string { return f.user }),
		may: []string{admin}, refused: notForUsers(chat.NotAllowed), anywhere: true, confirms: true},
	{op: "account-sessions", path: at("/accounts/%s/sessions", func(f fixture) string { return f.user }),
		may: []string{admin}, refused: notForUsers(chat.NotAllowed), anywhere: true},
	{op: "end-session", path: func(f fixture) string { return "/accounts/" + f.owner + "/sessions/" + f.session },
		may: []string{admin}, refused: notForUsers(chat.NotAllowed), anywhere: true},
	{op: "change-email", path: fixed("/me/email"), body: func(fixture) any { return object{"password": "", "email": "new@firm.example"} },
		refused: notForUsers(chat.WrongPassword), anywhere: true}, // these accounts have no passwords: see TestChangeEmail
	{op: "confirm", path: fixed("/sessions/current/confirmation"), body: func(fixture) any { return object{"password": ""} },
		refused: notForUsers(chat.WrongPassword), anywhere: true}, // see TestConfirm
	{op: "confirm-at-provider", path: fixed("/sessions/current/confirmation/provider"), body: func(fixture) any {
		return object{"code": "x", "verifier": verifier, "redirect_uri": redirect, "nonce": nonce}
	}, refused: notForUsers(chat.NotAllowed), anywhere: true}, // there is no provider here: see TestConfirmAtProvider
	{op: "start-two-step", path: fixed("/me/two-step"), body: func(fixture) any { return object{"password": ""} },
		refused: notForUsers(chat.WrongPassword), anywhere: true}, // these accounts have no passwords: see TestTwoStep
	{op: "confirm-two-step", path: fixed("/me/two-step"), body: func(fixture) any { return object{"code": "123456"} },
		refused: notForUsers(chat.WrongCode), anywhere: true},
	{op: "new-recovery-codes", path: fixed("/me/recovery-codes"), body: func(fixture) any { return object{"password": "", "code": "123456"} },
		refused: notForUsers(chat.WrongPassword), anywhere: true},
	{op: "saved-recovery-codes", path: fixed("/me/recovery-codes"), may: users, anywhere: true},
	{op: "end-two-step", path: fixed("/me/two-step/end"), body: func(fixture) any { return object{"password": "", "code": "123456"} },
		refused: notForUsers(chat.WrongPassword), anywhere: true},
	{op: "remove-two-step", path: at("/accounts/%s/two-step", func(f fixture) string { return f.user }),
		may: []string{admin}, refused: notForUsers(chat.NotAllowed), anywhere: true}, // there is none: see TestConfirm
	{op: "passkeys", path: fixed("/me/passkeys"), may: signed, anywhere: true},
	{op: "start-passkey", path: fixed("/me/passkeys/options"), body: func(fixture) any { return object{"password": ""} },
		refused: notForParticipants(chat.NotAllowed), anywhere: true}, // passkeys don't work at 127.0.0.1: see TestPasskeys
	{op: "prove-options", path: fixed("/me/passkeys/proof"), refused: notForParticipants(chat.NotAllowed), anywhere: true},
	{op: "add-passkey", path: fixed("/me/passkeys"), body: func(fixture) any { return object{"name": "N", "answer": ""} },
		refused: notFor(signed, chat.NotAllowed), anywhere: true},
	{op: "passkey-link", path: fixed("/me/passkeys/link"), refused: notForUsers(chat.NotAllowed), anywhere: true},
	{op: "confirm-by-passkey", path: fixed("/sessions/current/confirmation/passkey"), body: func(fixture) any {
		return object{"answer": "", "verifier": verifier}
	}, refused: notForUsers(chat.NotAllowed), anywhere: true},
	{op: "rename-passkey", path: at("/me/passkeys/%s", func(f fixture) string { return f.newID }), body: func(fixture) any { return object{"name": "N"} }, anywhere: true}, // there is none
	{op: "remove-passkey", path: at("/me/passkeys/%s", func(f fixture) string { return f.newID }), anywhere: true},
	{op: "make-recovery-codes", path: fixed("/me/recovery"), body: func(fixture) any { return object{"password": ""} },
		refused: notForParticipants(chat.WrongPassword), anywhere: true}, // these accounts have no passwords: see TestRecover
	{op: "set-email", path: at("/accounts/%s/email", func(f fixture) string { return f.user }), body: func(f fixture) any { return object{"email": f.newID + "@firm.example"} },
		may: []string{admin}, refused: notForUsers(chat.NotAllowed), anywhere: true, confirms: true},
	{op: "unlink-provider", path: at("/accounts/%s/provider", func(f fixture) string { return f.user }),
		may: []string{admin}, refused: notForUsers(chat.NotAllowed), anywhere: true, confirms: true},
	{op: "covers", path: fixed("/covers"), may: users, anywhere: true},
	{op: "set-cover", path: at("/accounts/%s/cover", func(f fixture) string { return f.user }), body: func(f fixture) any {
		return object{"by": f.owner, "from": time.Now().UnixMilli(), "until": time.Now().Add(time.Hour).UnixMilli()}
	}, may: []string{admin}, refused: notForUsers(chat.NotAllowed), anywhere: true},
	{op: "end-cover", path: at("/accounts/%s/cover", func(f fixture) string { return f.user }),
		may: []string{admin}, refused: notForUsers(chat.NotAllowed), anywhere: true},
	{op: "firm-settings", path: fixed("/firm/settings"), may: users, anywhere: true},
	{op: "set-firm-settings", path: fixed("/firm/settings"), body: func(fixture) any {
		looser := chat.DefaultFirmSettings
		looser.IdleDays++
		return looser
	}, may: []string{admin}, refused: notForUsers(chat.NotAllowed), anywhere: true, confirms: true},
	{op: "firm", path: fixed("/firm"), may: kinds, anywhere: true},
	{op: "set-firm", path: fixed("/firm"), body: func(fixture) any { return object{"name": "Firm", "colour": ""} },
		may: []string{admin}, refused: notForUsers(chat.NotAllowed), anywhere: true},
	{op: "audit", path: fixed("/audit"), may: []string{admin}, anywhere: true},
}

// callers is a portal with one caller of each kind, and a new fixture for each test case.
type callers struct {
	*served
	accounts map[string]string
}

// adminPassword confirms an admin's session.
const adminPassword = "right"

func newCallers(t *testing.T) *callers {
	c := &callers{served: serve(t), accounts: map[string]string{}}
	for _, kind := range signed {
		account := records.Account{Email: kind, Name: kind, User: slices.Contains(users, kind), Admin: kind == admin}
		if kind == admin {
			account.Password = adminPassword // hashing is slow on purpose
		}
		id, err := c.store.AddAccount(t.Context(), account)
		check(t, err)
		c.accounts[kind] = id
	}
	_, err := c.store.AddParticipant(t.Context(), chat.Participant{Matter: c.matter, Name: stranger, Role: "Client"}, c.accounts[stranger])
	check(t, err)
	return c
}

func (c *callers) fixture(t *testing.T) fixture {
	t.Helper()
	ctx := t.Context()
	f := fixture{user: c.maya, owner: c.accounts[assigned], newID: uuid.NewString()}
	var err error
	f.matter, err = c.store.AddMatter(ctx, chat.Matter{Reference: uuid.NewString(), Title: "A matter", Type: "Y", Assigned: c.accounts[assigned], Team: []string{c.accounts[team]}})
	check(t, err)
	add := func(kind string) string {
		id, err := c.store.AddParticipant(ctx, chat.Participant{Matter: f.matter, Name: kind, Role: "Client"}, c.accounts[kind])
		check(t, err)
		return id
	}
	f.participant = add(own)
	add(sibling)
	firm := chat.Caller{Account: c.accounts[assigned], User: true}
	check(t, c.store.RemoveParticipant(ctx, firm, add(former)))
	results, err := c.store.Send(ctx, firm, []records.Outgoing{{ID: uuid.NewString(), Participant: f.participant, Text: "from the firm"}})
	check(t, err)
	f.message = results[0].Message.ID
	_, err = c.store.StartSession(ctx, c.accounts[assigned], chat.Origin{Device: "to be revoked"})
	check(t, err)
	sessions, err := c.store.Sessions(ctx, firm, "")
	check(t, err)
	f.session = sessions[0].ID
	return f
}

// token signs a kind of caller in.
func (c *callers) token(t *testing.T, kind string) string {
	t.Helper()
	if kind == nobody {
		return ""
	}
	token, err := c.store.StartSession(t.Context(), c.accounts[kind], chat.Origin{})
	check(t, err)
	return token
}

// answer is a response's status and its exact body.
type answer struct {
	status int
	body   string
}

func (c *callers) ask(t *testing.T, method, path string, body any, token string) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var text io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		check(t, err)
		text = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.URL+portalapi.Prefix+path, text)
	check(t, err)
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	check(t, err)
	defer res.Body.Close()
	if res.Header.Get("Content-Type") == "text/event-stream" {
		return answer{res.StatusCode, ""} // it would not end
	}
	all, err := io.ReadAll(res.Body)
	check(t, err)
	return answer{res.StatusCode, string(all)}
}

// code is the problem's code, also from the result of a batch. It is empty on success.
func (a answer) code(t *testing.T) chat.Code {
	t.Helper()
	if a.body == "" {
		return ""
	}
	var problem portalapi.Problem
	var results struct{ Results []portalapi.Result }
	check(t, json.Unmarshal([]byte(a.body), &problem))
	check(t, json.Unmarshal([]byte(a.body), &results))
	if len(results.Results) == 1 && results.Results[0].Error != nil {
		return results.Results[0].Error.Code
	}
	return problem.Code
}

// declared lists every operation of the contract, from the OpenAPI document.
func (c *callers) declared(t *testing.T) map[string]string {
	t.Helper()
	var document struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	check(t, json.Unmarshal([]byte(c.ask(t, "GET", "/openapi.json", nil, "").body), &document))
	methods := map[string]string{}
	for _, item := range document.Paths {
		for method, op := range item {
			methods[op.OperationID] = strings.ToUpper(method)
		}
	}
	return methods
}

// Every kind of caller tries every operation. Those who may use it succeed. The others get exactly the same
// answer as for something that doesn't exist, and nothing changes.
func TestAccess(t *testing.T) {
	c := newCallers(t)
	methods := c.declared(t)
	open := []string{"sign-in", "set-up-two-step", "accept", "reset-info", "use-reset", "report-erasure",
		"ways", "start-at-provider", "sign-in-at-provider", "sign-in-options", "sign-in-by-passkey", "passkey-page-options", "recover"} // open to everyone
	for op := range methods {
		if !slices.Contains(open, op) && !slices.ContainsFunc(operationTests, func(a operationTest) bool { return a.op == op }) {
			t.Errorf("no case for operation %s", op)
		}
	}
	for _, a := range operationTests {
		for _, kind := range kinds {
			t.Run(a.op+"/"+kind, func(t *testing.T) {
				f, token := c.fixture(t), c.token(t, kind)
				before := c.version(t, f.matter)
				ask := func(f fixture) answer {
					var body any
					if a.body != nil {
						body = a.body(f)
					}
					return c.ask(t, methods[a.op], a.path(f), body, token)
				}
				if a.confirms && slices.Contains(a.may, kind) {
					if code := ask(f).code(t); code != chat.ConfirmFirst {
						t.Fatalf("without a confirmed session: code %q", code)
					}
					self, err := c.store.Caller(t.Context(), token)
					check(t, err)
					check(t, c.store.Confirm(t.Context(), self, adminPassword, ""))
				}
				got := ask(f)
				want := chat.NotFound
				switch refused, is := a.refused[kind]; {
				case slices.Contains(a.may, kind):
					want = ""
				case kind == nobody:
					want = chat.SignedOut
				case is:
					want = refused
				}
				if code := got.code(t); code != want {
					t.Fatalf("%d %s, want code %q", got.status, got.body, want)
				}
				if want == "" {
					return
				}
				if after := c.version(t, f.matter); after != before {
					t.Errorf("a refused call changed the matter from version %d to %d", before, after)
				}
				if none := ask(f.missing()); want == chat.NotFound && !a.anywhere && none != got {
					t.Errorf("without access: %+v\nmissing: %+v", got, none)
				}
			})
		}
	}
}

func (c *callers) version(t *testing.T, matter string) int64 {
	t.Helper()
	heads, err := c.store.Heads(t.Context(), chat.Caller{Account: "x", User: true, Admin: true})
	check(t, err)
	for _, head := range heads {
		if head.Matter == matter {
			return head.Version
		}
	}
	t.Fatal("no such matter")
	return 0
}

// A caller who loses access gets "gone" for the matter over their open stream at once, and nothing more.
func TestStreamSendsGoneWhenAccessEnds(t *testing.T) {
	c := newCallers(t)
	firm := chat.Caller{Account: c.accounts[assigned], User: true}
	for _, tt := range []struct {
		kind   string
		revoke func(f fixture) error
	}{
		{own, func(f fixture) error { return c.store.RemoveParticipant(t.Context(), firm, f.participant) }},
		{team, func(f fixture) error { return c.store.SetTeam(t.Context(), firm, f.matter, nil) }},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			f := c.fixture(t)
			ctx, cancel := context.WithTimeout(t.Context(), portalapi.Heartbeat/2)
			defer cancel()
			gone := errors.New("gone")
			err := c.client(c.token(t, tt.kind)).Follow(ctx, func(ev portalapi.Event) error {
				switch {
				case ev.Heads != nil:
					check(t, tt.revoke(f))
					_, err := c.store.Send(t.Context(), firm, []records.Outgoing{{ID: uuid.NewString(), Participant: f.participant, Text: "not for them"}})
					return err
				case ev.Changes != nil && ev.Changes.Matter == f.matter:
					t.Errorf("still gets %+v", ev.Changes)
				case ev.Gone != nil && ev.Gone.Matter == f.matter:
					return gone
				}
				return nil
			})
			if !errors.Is(err, gone) {
				t.Fatal(err)
			}
		})
	}
}

// Signing a device out ends its stream.
func TestRevokedSessionEndsItsStream(t *testing.T) {
	s := serve(t)
	ctx, cancel := context.WithTimeout(t.Context(), portalapi.Heartbeat/2)
	defer cancel()
	err := s.client(s.mayaToken).Follow(ctx, func(ev portalapi.Event) error {
		return s.store.EndSession(t.Context(), s.mayaToken, chat.Origin{})
	})
	if ctx.Err() != nil || chat.CodeOf(err) != chat.Unreachable {
		t.Fatalf("the stream continued: %v", err)
	}
}

// A caller who gains access gets the whole matter over their open stream.
func TestNewAccessReachesTheStream(t *testing.T) {
	c := newCallers(t)
	firm := chat.Caller{Account: c.accounts[assigned], User: true}
	f := c.fixture(t)
	ctx, cancel := context.WithTimeout(t.Context(), portalapi.Heartbeat/2)
	defer cancel()
	received := errors.New("received")
	err := c.client(c.token(t, otherUser)).Follow(ctx, func(ev portalapi.Event) error {
		switch {
		case ev.Heads != nil:
			return c.store.Assign(t.Context(), firm, f.matter, c.accounts[otherUser])
		case ev.Changes != nil && ev.Changes.Matter == f.matter:
			if ev.Changes.After != 0 || len(ev.Changes.Messages) != 1 || ev.Changes.Info.Assigned != c.accounts[otherUser] {
				t.Errorf("%+v", ev.Changes)
			}
			return received
		}
		return nil
	})
	if !errors.Is(err, received) {
		t.Fatal(err)
	}
}
