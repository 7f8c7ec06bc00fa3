package desktop

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"matterline/app/alert"
	"matterline/app/chat"
	"matterline/app/computer"
	"matterline/app/records"
	"matterline/app/sqldb/sqlite"
)

// deactivateMaya assigns Maya's matter to Tom and deactivates her.
func (o *office) deactivateMaya() {
	o.t.Helper()
	tom, err := o.store.AddAccount(o.t.Context(), records.Account{Email: "tom@firm.example", Name: "Tom", User: true, Admin: true})
	check(o.t, err)
	check(o.t, o.store.Assign(o.t.Context(), o.maya, o.matter, tom))
	check(o.t, o.store.EditUser(o.t.Context(), records.Program, o.maya.Account, false, false))
}

// writeOffline makes Maya's copy have what must not stay: a client's message, her own unsent one, and a draft.
func (o *office) writeOffline() {
	o.t.Helper()
	o.signIn()
	o.anaSends("privileged")
	o.untilAlerts(1)
	_, err := o.Users()
	check(o.t, err)
	o.goAway()
	_, err = o.Send(o.toAna, []string{o.toAna}, "never sent", false)
	check(o.t, err)
	check(o.t, o.SaveDraft(o.toAna, "half a thought", false))
}

func (o *office) untilOut() {
	o.t.Helper()
	o.until("end of the access", func() bool { return o.Session().State == "out" })
}

const erasedText = "Your access was ended by the firm. Your matters on this computer were deleted. 1 unsent message and 1 draft were deleted, too."

// wantErased checks that nothing of Maya's account is left but the report, and then that the portal gets that once.
func (o *office) wantErased(problem, token string) {
	o.t.Helper()
	if s := o.Session(); s.State != "out" || s.Problem != problem || s.Portal != "" {
		o.t.Errorf("%+v", s)
	}
	if accounts, err := o.Accounts(); len(accounts) != 0 || err != nil {
		o.t.Error(accounts, err)
	}
	o.portalAway.Store(false)
	if left := o.sendErasures(); left != 0 {
		o.t.Errorf("%d reports are left", left)
	}
	secrets := []string{"privileged", "never sent", "half a thought", "Elm Street", "Maya", "maya@firm.example", token}
	check(o.t, filepath.WalkDir(o.options.Data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == o.options.Data || path == filepath.Join(o.options.Data, "replicas") {
			return err
		}
		o.t.Errorf("%s is left", path)
		if entry.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, secret := range secrets {
			if strings.Contains(string(text), secret) {
				o.t.Errorf("%s has %q", path, secret)
			}
		}
		return err
	}))
	entries, err := o.store.Audit(o.t.Context(), records.Program, records.AuditFilter{Account: o.maya.Account}, 100)
	check(o.t, err)
	entries = slices.DeleteFunc(entries, func(e chat.AuditEntry) bool { return e.Action != "device.erase" })
	want := []chat.AuditChange{{Field: "unsent_messages", To: "1"}, {Field: "drafts", To: "1"}}
	if len(entries) != 1 || !slices.Equal(entries[0].Changes, want) || !strings.HasPrefix(entries[0].Device, "Desktop") {
		o.t.Errorf("%+v", entries)
	}
}

func (o *office) mayasToken() string {
	o.t.Helper()
	token, err := o.accounts.Token(o.account())
	check(o.t, err)
	return token
}

// A user is deactivated. At the next contact the app deletes everything of theirs, and says so, here and to the portal. If
// they return, they start with nothing.
func TestErase(t *testing.T) {
	o := newOffice(t)
	o.writeOffline()
	token := o.mayasToken()
	o.deactivateMaya()
	o.portalAway.Store(false)
	check(t, o.TryAgain())
	o.untilOut()
	o.wantErased(erasedText, token)

	check(t, o.store.EditUser(t.Context(), records.Program, o.maya.Account, false, true))
	o.signIn()
	rows, err := o.Matters(nil)
	check(t, err)
	if len(rows) != 0 {
		t.Errorf("%+v", rows)
	}
	if c, err := o.Chat(o.toAna, 0); chat.CodeOf(err) != chat.NotFound {
		t.Errorf("%+v, %v", c, err)
	}
	if messages, drafts, err := o.session().Replica().Unsaved(t.Context()); messages+drafts != 0 || err != nil {
		t.Error(messages, drafts, err)
	}
}

// A user is deactivated while their app is connected.
func TestEraseWhileConnected(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.anaSends("privileged")
	if n := <-o.notifications.shown; n.Body != "privileged" {
		t.Fatalf("%+v", n)
	}
	o.deactivateMaya()
	o.untilOut()
	if s := o.Session(); s.Problem != "Your access was ended by the firm. Your matters on this computer were deleted." {
		t.Errorf("%+v", s)
	}
	if copies, err := filepath.Glob(filepath.Join(o.options.Data, "replicas", "*")); len(copies) != 0 || err != nil {
		t.Error(copies, err)
	}
	o.until("the tray", func() bool { return o.icon.shows("Signed out", false) })
}

// The app is started again while the portal is away. It still deletes what the portal said before, and reports it once the
// portal is back.
func TestEraseIsReportedLater(t *testing.T) {
	o := newOffice(t)
	o.writeOffline()
	token := o.mayasToken()
	o.deactivateMaya()
	told := make(chan struct{})
	o.eraseStep = func(step string) {
		if step == "told" {
			o.portalAway.Store(true)
			close(told)
		}
	}
	o.portalAway.Store(false)
	check(t, o.TryAgain())
	<-told
	o.untilOut()
	if left := o.sendErasures(); left != 1 {
		t.Fatalf("%d reports are left", left)
	}
	o.controls.Close()
	o.start(o.options.Data)
	if s := o.Session(); s.State != "out" || s.Problem != "" {
		t.Errorf("%+v", s)
	}
	if left := o.sendErasures(); left != 1 {
		t.Fatalf("%d reports are left", left)
	}
	o.portalAway.Store(false)
	if left := o.sendErasures(); left != 0 {
		t.Fatalf("%d reports are left", left)
	}
	if tokens, err := filepath.Glob(filepath.Join(o.options.Data, "*.token")); len(tokens) != 0 || err != nil {
		t.Error(tokens, err)
	}
	if entries, err := o.store.Audit(t.Context(), records.Program, records.AuditFilter{Account: o.maya.Account}, 1); err != nil || entries[0].Action != "device.erase" {
		t.Errorf("%+v, %v, token %s", entries, err, token)
	}
}

// The disk is full when the portal says it: nothing can be stored until the copy is deleted. It is deleted and reported all
// the same.
func TestEraseOnAFullDisk(t *testing.T) {
	o := newOffice(t)
	o.writeOffline()
	token := o.mayasToken()
	o.deactivateMaya()
	inTheWay := filepath.Join(o.options.Data, "erasures.json") // nothing can be written in place of a folder
	check(t, os.Mkdir(inTheWay, 0o700))
	o.eraseStep = func(step string) {
		if step == "files" {
			check(t, os.Remove(inTheWay))
		}
	}
	o.portalAway.Store(false)
	check(t, o.TryAgain())
	o.untilOut()
	o.wantErased(erasedText, token)
}

// The portal was put back to a state that doesn't know the session, or another portal is at its address. Nothing is
// deleted.
func TestPortalThatForgotTheSessionErasesNothing(t *testing.T) {
	o := newOffice(t)
	o.writeOffline()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "other.db"))
	check(t, err)
	other, err := records.Open(t.Context(), db, time.Now)
	check(t, err)
	t.Cleanup(func() { other.Close() })
	o.answerFrom(other)
	o.portalAway.Store(false)
	check(t, o.TryAgain())
	o.untilState("signed_out")
	if messages, drafts, err := o.session().Replica().Unsaved(t.Context()); messages != 1 || drafts != 1 || err != nil {
		t.Error(messages, drafts, err)
	}
	if all, err := o.erasures.List(); len(all) != 0 || err != nil {
		t.Error(all, err)
	}
	if c, err := o.Chat(o.toAna, 0); err != nil || len(c.Messages) != 2 {
		t.Errorf("%+v, %v", c, err)
	}
}

// A session that has only ended, a proxy's 401 or a page deletes nothing.
func TestEndOfSessionErasesNothing(t *testing.T) {
	o := newOffice(t)
	o.writeOffline()
	check(t, o.store.ResetPassword(t.Context(), records.Program, o.maya.Account, "four words are enough"))
	o.portalAway.Store(false)
	check(t, o.TryAgain())
	o.untilState("signed_out")
	if f, err := o.Freshness(); err != nil || f.Problem != "Your password was changed. Sign in again." {
		t.Errorf("%+v, %v", f, err)
	}
	if messages, drafts, err := o.session().Replica().Unsaved(t.Context()); messages != 1 || drafts != 1 || err != nil {
		t.Error(messages, drafts, err)
	}
	check(t, o.SignIn(o.server.URL, "maya@firm.example", "four words are enough"))
	o.untilState("current")
}

// A session was ended, and its copy must be deleted only later. The app, which still shows the copy, learns that when it
// next asks, and when a sign-in is refused.
func TestEraseWhileSignedOut(t *testing.T) {
	for name, contact := range map[string]func(o *office) error{
		"at the next contact": func(o *office) error { return o.TryAgain() },
		"when a sign-in is refused": func(o *office) error {
			if err := o.SignIn(o.server.URL, "maya@firm.example", "right"); chat.CodeOf(err) != chat.WrongPassword {
				return fmt.Errorf("signed in: %w", err)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.writeOffline()
			token := o.mayasToken()
			check(t, o.store.ResetPassword(t.Context(), records.Program, o.maya.Account, "four words are enough"))
			o.portalAway.Store(false)
			check(t, o.TryAgain())
			o.untilState("signed_out")
			o.deactivateMaya()
			check(t, contact(o))
			o.untilOut()
			o.wantErased(erasedText, token)
		})
	}
}

// The firm stops letting copies be read while an app is signed out and shows its copy. It locks at its next contact.
func TestFirmLocksCopiesWhileSignedOut(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	check(t, o.store.ResetPassword(t.Context(), records.Program, o.maya.Account, "four words are enough"))
	o.untilState("signed_out")
	if s := o.Session(); s.Locked != "" {
		t.Fatal(s.Locked)
	}
	rules := chat.DefaultFirmSettings
	rules.ReadExpired = false
	check(t, o.store.SetSettings(t.Context(), records.Program, rules))
	check(t, o.TryAgain())
	o.until("lock", func() bool { return o.Session().Locked != "" })
	check(t, o.SignIn(o.server.URL, "maya@firm.example", "four words are enough"))
	o.until("unlocked copy", func() bool { return o.Session().Locked == "" })
}

// An erasure wasn't finished before the user returned. Then the old copy goes first, and the new one stays.
func TestReturnBeforeTheCopyWasDeleted(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	acc := o.account()
	check(t, o.ShowStart())
	_, err := o.erasures.Begin(computer.Erasure{Key: acc.Key(), Portal: acc.Portal, Why: "Your access was ended by the firm."}, "old token")
	check(t, err)
	old := filepath.Join(o.options.Data, "replicas", acc.Key(), "old")
	check(t, os.WriteFile(old, nil, 0o600))
	if err := o.SwitchTo(acc.Key()); chat.CodeOf(err) != chat.SignedOut {
		t.Fatalf("the old copy was opened: %v", err)
	}
	o.signIn()
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Error("the old copy is there:", err)
	}
	o.controls.Close()
	o.start(o.options.Data)
	o.untilState("current")
}

// The environment variables that TestKilledWhileErasing sets for its child process.
const (
	childFolder = "MATTERLINE_ERASE_FOLDER"
	childStep   = "MATTERLINE_ERASE_STEP"
	// childFinished is its exit status if it wasn't killed.
	childFinished = 3
)

type silent struct{}

func (silent) Show(alert.Notification)    {}
func (silent) KeepOnly(string, ...string) {}

// TestEraseChild is the app in a process of its own, which kills itself after a step of an erasure.
func TestEraseChild(t *testing.T) {
	data := os.Getenv(childFolder)
	if data == "" {
		return // it isn't the child
	}
	keyring.MockInitWithError(errors.New("no keyring here"))
	last, err := strconv.Atoi(os.Getenv(childStep))
	check(t, err)
	c := New(Options{Data: data, Autostart: &fakeAutostart{}, Notifications: silent{}, Log: slog.New(slog.DiscardHandler)})
	step := 0
	c.app.eraseStep = func(name string) {
		if step == last {
			self, err := os.FindProcess(os.Getpid())
			check(t, err)
			check(t, self.Kill())
			select {}
		}
		if step++; name == "stored" {
			os.Exit(childFinished)
		}
	}
	c.Start()
	select {}
}

// The app is killed after each step of an erasure. At its next start it finishes first, also while the portal is away.
func TestKilledWhileErasing(t *testing.T) {
	for step, finished := 0, false; !finished && !t.Failed(); step++ {
		t.Run(fmt.Sprint("step ", step), func(t *testing.T) { finished = killWhileErasing(t, step) })
	}
}

func killWhileErasing(t *testing.T, step int) (finished bool) {
	o := newOffice(t)
	o.writeOffline()
	token := o.mayasToken()
	o.controls.Close()
	o.deactivateMaya()
	o.portalAway.Store(false)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestEraseChild$", "-test.timeout=5m")
	child.Env = append(os.Environ(), childFolder+"="+o.options.Data, fmt.Sprint(childStep, "=", step))
	out, err := child.CombinedOutput()
	if finished = child.ProcessState.ExitCode() == childFinished; !finished && child.ProcessState.Exited() {
		t.Fatalf("the child ended by itself: %v\n%s", err, out)
	}
	all, err := o.erasures.List()
	check(t, err)
	problem := erasedText
	if len(all) == 1 && all[0].Deleted { // the window has said it
		problem = ""
	}
	o.portalAway.Store(true)
	o.start(o.options.Data)
	if step == 0 { // nothing was stored yet, so the portal says it again
		if s := o.Session(); s.State != "in" {
			t.Fatalf("%+v", s)
		}
		o.portalAway.Store(false)
		check(t, o.TryAgain())
		o.untilOut()
	}
	o.wantErased(problem, token)
	return finished
}
