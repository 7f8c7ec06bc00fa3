package records_test

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"
	"golang.org/x/crypto/argon2"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/sqldb"
	"matterline/app/sqldb/postgres/pgtest"
)

// wholeReads are the statements that may read a whole table that grows, by how they start, each with the reason.
var wholeReads = map[string]string{
	`SELECT id, version, mark, access_version FROM matters`:                          "a node's look, every 3 seconds",
	`SELECT id, version, mark, assigned = $1, active_at FROM matters ORDER BY id`:    "an admin sees all matters",
	`SELECT count(*), CAST(coalesce(sum(version), 0) AS BIGINT) FROM matters`:        "an admin sees all matters, and a ping sums them up",
	`SELECT id, reference FROM matters ORDER BY id`:                                  "opening a matter compares references in all their forms",
	`SELECT EXISTS (SELECT 1 FROM firm WHERE name <> '') OR EXISTS`:                  "it stops at the first account",
	`UPDATE firm SET name = $1 WHERE name = '' AND NOT EXISTS`:                       "it stops at the first account",
	`UPDATE sessions SET confirmed_until = 0`:                                        restored,
	`DELETE FROM resets WHERE true`:                                                  restored,
	`DELETE FROM links WHERE true`:                                                   restored,
	`DELETE FROM sessions WHERE true`:                                                restored,
	`SELECT i.participant, p.matter, i.token FROM invitations i JOIN participants p`: restored,
	`INSERT INTO ended_sessions (token, id, account, device, known_device, reason, erase, ended_at, erased_at) SELECT s.token, s.id, s.account, s.device, s.known_device, CAST($1 AS TEXT)`: restored,
	`SELECT name, epoch, (SELECT count(*) FROM matters), (SELECT count(*) FROM messages)`:                                                                                                   "a backup's summary counts everything",
	selectAudit + ` WHERE +e.number > (SELECT removed FROM audit_head) ORDER BY e.id DESC LIMIT`:                                                                                            "the newest entries: it stops at the limit",
	selectAudit + ` WHERE e.number > (SELECT removed FROM audit_head) OR e.number IS NULL`:                                                                                                  "verifying and exporting read the whole trail",
}

const restored = "once after a restore"

const selectAudit = `SELECT coalesce(e.number, 0), e.id, e.at, e.account, e.action, e.matter, e.subject, e.changes, e.address, e.device, e.previous, e.hash, coalesce(a.name, '') FROM audit e LEFT JOIN accounts a ON a.id = e.account`

// small are the tables that don't grow, and what is about the firm's users, who are few among the accounts.
var small = []string{"firm", "firm_settings", "audit_head", "housekeeping", "probe", "migrations", "accounts_users", "two_step", "provider_accounts", "covers"}

// No statement of the store reads a whole table that grows. The store runs its operations, and the engine explains each
// statement that they ran.
func TestNoStatementReadsAWholeTable(t *testing.T) {
	ran := map[string]bool{}
	for _, engine := range []struct {
		name    string
		open    func(*testing.T) *sql.DB
		fill    func(*testing.T, *sql.DB)
		explain func(*testing.T, *sql.DB, string, []any) []wholeRead
	}{
		// On SQLite the plans don't depend on the data, because the portal never runs ANALYZE.
		{"sqlite", openSQLite, func(*testing.T, *sql.DB) {}, explainOnSQLite},
		{"postgres", func(t *testing.T) *sql.DB { return must(sql.Open("pgx", pgtest.URL(t)))(t) }, fillPostgres, explainOnPostgres},
	} {
		t.Run(engine.name, func(t *testing.T) {
			pool := engine.open(t)
			r := newRecorder(pool)
			f := newFirm(t, sqldb.New(r.dialect(engine.name), r))
			engine.fill(t, pool)
			r.record(func() { runEverything(t, f, r) })
			excused := map[string]bool{}
			for _, query := range slices.Sorted(maps.Keys(r.statements)) {
				ran[oneLine(query)] = true
				for _, read := range engine.explain(t, pool, r.rewrite(query), r.statements[query]) {
					if slices.Contains(small, read.table) || slices.Contains(small, read.index) {
						continue
					}
					reason := excuse(query)
					if reason == "" {
						t.Errorf("%s reads all of %s: %s", read.plan, read.table, oneLine(query))
					}
					excused[reason] = true
				}
			}
			for start, reason := range wholeReads {
				if !excused[reason] {
					t.Errorf("needs no exception: %s", start)
				}
			}
		})
	}
	if t.Failed() {
		return
	}
	for _, query := range statementsInSource(t) {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(ran)), func(r string) bool { return strings.Contains(r, query) }) {
			t.Errorf("no operation of this test runs this statement, so its plan isn't checked; add one to runEverything: %s", query)
		}
	}
}

func excuse(query string) string {
	for start, reason := range wholeReads {
		if strings.HasPrefix(oneLine(query), start) {
			return reason
		}
	}
	return ""
}

func oneLine(query string) string { return strings.Join(strings.Fields(query), " ") }

var statement = regexp.MustCompile(`^(SELECT|INSERT|UPDATE|DELETE|WITH) `)

// statementsInSource returns the statements in this package's source. A statement that is put together of several
// strings counts up to the end of the first.
func statementsInSource(t *testing.T) (all []string) {
	t.Helper()
	for _, file := range must(filepath.Glob("*.go"))(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed := must(parser.ParseFile(token.NewFileSet(), file, nil, 0))(t)
		ast.Inspect(parsed, func(node ast.Node) bool {
			if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text := oneLine(must(strconv.Unquote(literal.Value))(t)); statement.MatchString(text + " ") {
					all = append(all, text)
				}
			}
			return true
		})
	}
	return all
}

// runEverything runs every operation of the store, as every kind of caller.
func runEverything(t *testing.T, f *firm, r *recorder) {
	ctx := t.Context()
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	from := chat.Origin{Address: "203.0.113.7", Device: "laptop"}

	do(f.db.Tx(ctx, func(tx *sqldb.Tx) error {
		return tx.Exec(`UPDATE accounts SET email_look = NULL WHERE id = $1`, f.other.Account)
	}))
	store := must(records.Open(ctx, f.db, func() time.Time { return f.clock }))(t)
	do(store.CheckSchema(ctx))
	do(store.Probe(ctx))
	must(store.HasFirm(ctx))(t)
	must(records.Summarize(ctx, f.db))(t)
	must(records.Staff(ctx, f.db))(t)
	if err := store.CreateFirm(ctx, "Hart", records.Account{Email: "lee@firm.example", Name: "Lee", Password: longPassword}); chat.CodeOf(err) != chat.Taken {
		t.Fatal(err)
	}
	must(store.Firm(ctx))(t)
	do(store.SetFirm(ctx, f.admin, records.Firm{Name: "Hart"}))

	// Accounts, sessions and devices.
	lee := must(store.AddUser(ctx, f.admin, records.Account{Email: "lee@firm.example", Name: "Lee", Password: longPassword, Admin: true}))(t)
	must(store.Users(ctx, f.admin))(t)
	do(store.EditUser(ctx, f.admin, lee, true, true))
	leaving := must(store.AddUser(ctx, f.admin, records.Account{Email: "leaving@firm.example", Name: "Leaving", Password: longPassword}))(t)
	do(store.SetTeam(ctx, f.maya, f.matter, []string{f.team.Account, leaving}))
	left := must(store.StartSession(ctx, leaving, from))(t)
	kept := must(store.PutOnPortal(ctx, f.maya, chat.Participant{Matter: f.matter, Name: "Kept", Role: "Client"}))(t)
	_, _, err := store.Invite(ctx, chat.Caller{Account: leaving, User: true}, kept)
	do(err)
	do(store.EditUser(ctx, f.admin, leaving, false, false))
	if _, err := store.Caller(ctx, left); chat.CodeOf(err) != chat.SignedOut {
		t.Fatal(err)
	}
	do(store.ReportErasure(ctx, left, records.Erasure{Drafts: 1}, from))
	do(store.ReportErasure(ctx, must(store.StartSession(ctx, lee, from))(t), records.Erasure{}, from))
	do(store.Rename(ctx, f.maya, "Maya H"))
	do(store.ResetPassword(ctx, f.admin, f.other.Account, longPassword))
	newcomer, welcome, err := store.AddUserByLink(ctx, f.admin, records.Account{Email: "newcomer@firm.example", Name: "Newcomer"})
	do(err)
	must(store.Reset(ctx, welcome.Secret, from))(t)
	for account, user := range map[string]bool{newcomer: true, f.ana.Account: false} {
		link := must(store.AddReset(ctx, f.admin, account))(t)
		if _, token, err := store.UseReset(ctx, link.Secret, longPassword, from); err != nil || (token == "") != user {
			t.Fatal(token, err)
		}
	}
	do(store.SetSettings(ctx, f.admin, chat.DefaultFirmSettings))
	must(store.Settings(ctx, f.maya))(t)
	must(store.CookieAge(ctx))(t)
	must(store.Self(ctx, f.maya.Account))(t)
	required := chat.DefaultFirmSettings
	required.TwoStep = true
	do(store.SetSettings(ctx, f.admin, required))
	key := must(store.SetUpTwoStep(ctx, "maya", "right", from))(t)
	recovery := must(store.SignIn(ctx, "maya", "right", must(totp.GenerateCode(key.Secret, f.clock))(t), from))(t).RecoveryCodes
	do(store.SetSettings(ctx, f.admin, chat.DefaultFirmSettings))
	if _, err := store.SignIn(ctx, "maya", "right", "", from); chat.CodeOf(err) != chat.CodeRequired {
		t.Fatal(err)
	}
	must(store.SignIn(ctx, "maya", "right", must(totp.GenerateCode(key.Secret, f.clock.Add(30*time.Second)))(t), from))(t)
	key = must(store.StartTwoStep(ctx, f.maya, "right", recovery[0]))(t)
	recovery = must(store.ConfirmTwoStep(ctx, f.maya, must(totp.GenerateCode(key.Secret, f.clock))(t)))(t)
	do(store.SavedRecoveryCodes(ctx, f.maya))
	for range 10 { // which lock the app
		if _, err := store.SignIn(ctx, "maya", "right", "000000", from); chat.CodeOf(err) != chat.WrongCode {
			t.Fatal(err)
		}
	}
	must(store.SignIn(ctx, "maya", "right", recovery[0], from))(t)
	recovery = must(store.NewRecoveryCodes(ctx, f.maya, "right", recovery[1]))(t)
	do(store.EndTwoStep(ctx, f.maya, "right", recovery[0]))
	must(store.StartTwoStep(ctx, f.maya, "right", ""))(t)
	do(store.RemoveTwoStep(ctx, f.admin, f.maya.Account))
	for i, admin := range []bool{true, false} {
		who := records.ProviderAccount{Issuer: "https://provider.example", Subject: "m", Email: "maya", Admin: &admin, Nonce: fmt.Sprint(i)}
		signedIn := must(store.SignInAtProvider(ctx, who, from))(t)
		who.Nonce, who.Fresh = fmt.Sprint("again ", i), true
		do(store.ConfirmAtProvider(ctx, must(store.Caller(ctx, signedIn))(t), who))
	}
	do(store.UnlinkProvider(ctx, f.admin, f.maya.Account))
	token := must(store.SignInByPassword(ctx, "lee@firm.example", longPassword, from))(t)
	old := must(store.SignInByPassword(ctx, "maya", "right", from))(t)
	caller := must(store.Caller(ctx, token))(t)
	secret := must(store.RememberDevice(ctx, token, ""))(t)
	must(store.RememberDevice(ctx, must(store.StartSession(ctx, f.ana.Account, from))(t), secret))(t)
	must(store.KnownDevice(ctx, lee, secret))(t)
	must(store.Sessions(ctx, caller, token))(t)
	do(store.Confirm(ctx, caller, longPassword, ""))
	must(store.AddReset(ctx, caller, newcomer))(t)
	do(store.ChangePassword(ctx, caller, token, longPassword, longPassword+"!"))
	do(store.ChangeEmail(ctx, caller, longPassword+"!", "lee.ito@firm.example"))
	if err := store.ChangeEmail(ctx, caller, longPassword+"!", "newcomer@firm.example"); chat.CodeOf(err) != chat.Taken {
		t.Fatal(err)
	}
	do(store.ChangeEmail(ctx, caller, longPassword+"!", "lee@firm.example"))
	must(store.StartSession(ctx, lee, from))(t)
	device := must(store.AccountSessions(ctx, f.admin, lee, token))(t)[0].ID
	for _, erase := range []bool{false, true} {
		do(store.EndAccountSession(ctx, f.admin, lee, device, erase))
	}
	do(store.EndSession(ctx, token, from))
	do(store.EraseDevices(ctx, f.admin, lee))
	do(store.RevokeSession(ctx, f.maya, must(store.Sessions(ctx, f.maya, old))(t)[0].ID))
	link := must(store.AddLink(ctx, f.ana.Account, f.clock.Add(time.Hour)))(t)
	must(store.SignInByLink(ctx, link, from))(t)
	weak := "$argon2id$v=19$m=8,t=1,p=1$AAAA$" + base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte("right"), []byte{0, 0, 0}, 1, 8, 1, 32))
	do(f.db.Tx(ctx, func(tx *sqldb.Tx) error {
		return tx.Exec(`UPDATE accounts SET password = $1 WHERE email = 'maya'`, weak)
	}))
	must(store.SignInByPassword(ctx, "maya", "right", from))(t)

	// Passkeys and recovery codes.
	eve, evesToken := f.addPerson(t, "eve")
	phone := newPhone(eve.Account)
	f.addPasskey(t, eve, evesToken, phone)
	passkeyID := must(store.Passkeys(ctx, eve))(t)[0].ID
	must(f.signInByPasskey(t, phone.answers(t, f.signInOptions(t))))(t)
	proof := records.Proof{Passkey: phone.answers(t, must(store.ProveOptions(ctx, eve, portalSite))(t)), Site: portalSite}
	evesCodes := must(store.MakeRecoveryCodes(ctx, eve, proof))(t)
	do(store.ChangePasswordByPasskey(ctx, eve, evesToken, portalSite, phone.answers(t, must(store.ProveOptions(ctx, eve, portalSite))(t)), longPassword))
	must(store.Recover(ctx, "eve@home.example", evesCodes[0], longPassword+"?", from))(t)
	do(store.RenamePasskey(ctx, eve, passkeyID, "Old phone"))
	do(store.RemovePasskey(ctx, eve, passkeyID))
	do(store.SetEmail(ctx, f.admin, eve.Account, "eve.new@home.example"))
	do(store.SetEmail(ctx, f.admin, eve.Account, "eve@home.example"))
	do(store.SetEmail(ctx, f.admin, f.other.Account, "other.new@firm.example"))
	lead, leadsToken, leadsPhone := f.leadWithPasskey(t)
	must(f.signInAppByPasskey(t, leadsPhone.answers(t, f.page(t, chat.PasskeyToSignIn))))(t)
	do(store.ConfirmByPasskey(ctx, lead, portalSite, leadsPhone.answers(t, f.page(t, chat.PasskeyToConfirm)), appVerifier))
	do(store.EndSession(ctx, leadsToken, from))

	// Covers.
	hour := time.Hour.Milliseconds()
	do(store.SetCover(ctx, f.maya, chat.Cover{Account: f.maya.Account, By: f.team.Account, From: 1, Until: f.clock.UnixMilli() + hour}))
	must(store.Covers(ctx, f.admin))(t)
	do(store.EndCover(ctx, f.admin, f.maya.Account))
	do(store.SetCover(ctx, f.maya, chat.Cover{Account: f.maya.Account, By: f.team.Account, From: 1, Until: f.clock.UnixMilli() + hour})) // for housekeeping

	// Matters and participants.
	matter := must(store.OpenMatter(ctx, f.maya, chat.Matter{Reference: "3", Title: "Oak", Type: "Sale"}))(t)
	do(store.EditMatter(ctx, f.maya, chat.Matter{ID: matter, Reference: "4", Title: "Oak Lane", Type: "Sale"}))
	do(store.SetClosed(ctx, f.maya, matter, true))
	do(store.SetClosed(ctx, f.maya, matter, false))
	do(store.SetTeam(ctx, f.maya, matter, []string{f.team.Account}))
	dora := must(store.PutOnPortal(ctx, f.maya, chat.Participant{Matter: matter, Name: "Dora", Role: "Client"}))(t)
	do(store.EditParticipant(ctx, f.maya, chat.Participant{ID: dora, Name: "Dora L.", Role: "Client"}))
	_, _, err = store.Invite(ctx, f.maya, dora)
	do(err)
	do(store.RevokeInvitation(ctx, f.maya, dora))
	asked, right, _, err := store.InviteWithPIN(ctx, f.maya, dora)
	do(err)
	for range 5 {
		_, _, err = store.Accept(ctx, asked, otherPIN(right), "dora@home.example", longPassword, from)
	}
	if chat.CodeOf(err) != chat.LinkExpired {
		t.Fatal(err)
	}
	asked, _, err = store.Invite(ctx, f.maya, dora)
	do(err)
	for _, email := range f.accounts(t, 5) {
		_, _, err = store.Accept(ctx, asked, "", email, longPassword, from)
	}
	if chat.CodeOf(err) != chat.LinkExpired {
		t.Fatal(err)
	}
	do(store.Rename(ctx, f.maya, "Team"))
	invitation, _, err := store.Invite(ctx, f.maya, dora)
	do(err)
	if _, _, err := store.Accept(ctx, invitation, "", "dora@home.example", longPassword, from); err != nil {
		t.Fatal(err)
	}
	do(store.RemoveParticipant(ctx, f.maya, dora))
	do(store.Assign(ctx, f.maya, matter, f.other.Account))
	for _, dry := range []bool{true, false} {
		for _, role := range []string{"Client", "Lender"} {
			_, problems, err := store.Import(ctx, []records.ImportRow{
				{Line: 2, Reference: "5", Title: "Ash " + role, Type: "Lease", Assigned: "maya", Team: []string{"team"}, Participant: "Erik", Role: role},
			}, dry)
			if err != nil || len(problems) > 0 {
				t.Fatal(problems, err)
			}
		}
	}

	// Chats.
	first := f.send(t, f.maya, f.toAna, "hello")
	f.send(t, f.ana, f.toAna, "hello back")
	for range 2 { // the second time is the same message again
		results := must(store.Send(ctx, f.maya, []records.Outgoing{{ID: "0190b36e-0000-7000-8000-000000000002", Participant: f.toAna, Text: "status", SetStatus: true}}))(t)
		do(results[0].Err)
	}
	none := ""
	do(store.SetStatus(ctx, f.maya, f.toAna, first.ID, nil))
	do(store.SetStatus(ctx, f.maya, f.toAna, "", nil))
	do(store.SetStatus(ctx, f.maya, f.toAna, first.ID, &none))
	for _, c := range []chat.Caller{f.maya, f.ana} {
		do(store.MarkRead(ctx, c, f.toAna, 1<<40))
		if c.User {
			do(store.SetReminder(ctx, c, chat.Reminder{Participant: f.toAna, SetAt: 1}))
			must(store.Reminders(ctx, c))(t)
		}
		page := must(store.Changes(ctx, c, f.matter, records.Position{}, 100))(t)
		f.send(t, f.maya, f.toAna, "one more")
		must(store.Changes(ctx, c, f.matter, records.Position{Version: page.Version, Mark: page.Mark}, 100))(t)
	}
	for _, c := range []chat.Caller{f.maya, f.admin, f.ana} {
		must(store.Heads(ctx, c))(t)
	}
	must(store.Totals(ctx))(t)

	// Housekeeping, with something of everything to remove.
	at := f.clock
	must(store.AddLink(ctx, f.ana.Account, at))(t)
	must(store.AddReset(ctx, f.admin, f.ana.Account))(t)
	used := must(store.StartSession(ctx, f.maya.Account, from))(t)
	must(must(records.Open(ctx, f.db, func() time.Time { return at.Add(2 * time.Hour) }))(t).Caller(ctx, used))(t) // notes the use
	erik := must(store.PutOnPortal(ctx, f.maya, chat.Participant{Matter: matter, Name: "Erik", Role: "Client"}))(t)
	_, _, err = store.Invite(ctx, f.maya, erik)
	do(err)
	settings := chat.DefaultFirmSettings
	settings.IdleDays, settings.AbsoluteDays = 365, 30 // so that housekeeping also removes a session because it is old
	do(f.SetSettings(ctx, f.admin, settings))
	ahead := must(must(records.Open(ctx, f.db, func() time.Time { return at.Add(3900 * 24 * time.Hour) }))(t).StartSession(ctx, f.maya.Account, from))(t)
	must(store.Caller(ctx, ahead))(t)
	later := must(records.Open(ctx, f.db, func() time.Time { return at.Add(4000 * 24 * time.Hour) }))(t)
	if removed := must(later.Tidy(ctx, 24*time.Hour))(t); removed.Sessions == 0 || removed.EndedSessions == 0 || removed.Links == 0 || removed.Invitations == 0 || removed.AuditEntries == 0 {
		t.Fatalf("%+v", removed)
	}

	// Saved replies, the audit trail and reports.
	reply := chat.Reply{ID: uuid.NewString(), Title: "Funds", Text: "The funds have arrived."}
	do(store.SaveReply(ctx, f.maya, reply))
	must(store.Replies(ctx, f.maya))(t)
	do(store.RemoveReply(ctx, f.maya, reply.ID, false))
	for _, action := range []string{chat.ViewMatter, chat.ExportChat} {
		report := chat.Activity{ID: uuid.NewString(), Action: action, Matter: f.matter, At: 1}
		if action == chat.ExportChat {
			report.Participant = f.toAna
		}
		for _, refusal := range must(store.Report(ctx, f.maya, []chat.Activity{report}))(t) {
			do(refusal)
		}
	}
	newest := must(store.Audit(ctx, f.admin, records.AuditFilter{}, 100))(t)[0].ID
	for _, filter := range []records.AuditFilter{{Matter: f.matter}, {Account: f.maya.Account}, {Matter: f.matter, Account: f.maya.Account}} {
		must(store.Audit(ctx, f.admin, filter, 100))(t)
		filter.Before = newest
		must(store.Audit(ctx, f.admin, filter, 100))(t)
	}
	must(store.Audit(ctx, f.admin, records.AuditFilter{Before: newest}, 100))(t)
	do(store.AuditExport(ctx))
	do(store.AuditTrail(ctx, func(chat.AuditEntry) error { return nil }))
	_, _ = store.VerifyAudit(ctx, "")

	// A restored store.
	_, _, err = store.Invite(ctx, f.maya, must(store.PutOnPortal(ctx, f.maya, chat.Participant{Matter: matter, Name: "Eve", Role: "Client"}))(t))
	do(err)
	must(store.NewEpoch(ctx, true))(t)

	// Other nodes.
	joined, leave := context.WithCancel(ctx)
	bus, ended := silentBus{make(chan string)}, make(chan struct{})
	go func() {
		defer close(ended)
		store.Join(joined, bus, slog.New(slog.NewTextHandler(io.Discard, nil)))
	}()
	defer func() { leave(); <-ended }()
	r.await("access_version FROM matters")
	f.RefuseEasy(func(string, []string) bool { return false })
	do(f.ResetPassword(ctx, f.admin, f.other.Account, longPassword))
	bus.poll <- ""
	r.await("SELECT DISTINCT CASE")
	if f.db.HasXMin() {
		r.await("age(xmin)")
	}
	w := store.Watch(f.maya)
	defer w.Close()
	w.Follow(f.matter)
	sent := f.send(t, f.maya, f.toAna, "from another node")
	page := must(store.Changes(ctx, f.maya, f.matter, records.Position{Version: sent.Version - 1}, 100))(t)
	bus.poll <- store.Seal(fmt.Sprintf("another\n%s %d %s since=%d\n", f.matter, page.Version, page.Mark, page.After))
	r.await("m.participant, m.author")
}
