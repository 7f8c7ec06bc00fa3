package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/sqldb/sqlite"
)

// built is portald as it is shipped. The portald in the scripts is part of the test's binary and may contain the race
// detector, which takes several times the memory.
var built struct {
	once sync.Once
	path string
	err  error
}

func builtPortald(tb testing.TB) string {
	tb.Helper()
	built.once.Do(func() {
		built.path = filepath.Join(os.TempDir(), fmt.Sprintf("portald-built-%d", os.Getpid()))
		if out, err := exec.Command("go", "build", "-tags", "sqlite_fts5", "-o", built.path, ".").CombinedOutput(); err != nil {
			built.err = fmt.Errorf("build portald: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		tb.Fatal(built.err)
	}
	return built.path
}

// removeBuilt removes the built portald after all tests.
func removeBuilt() {
	if built.path != "" {
		_ = os.Remove(built.path)
	}
}

// target is a running portald with a user, a participant and the chat between them.
type target struct {
	*process
	address string
	user    string // the user's token
	person  string // the participant's token
	chat    string
	matter  string
}

const targetPassword = "correct horse battery"

// startTarget runs the built portald on a new SQLite file, after fill has written to its store. The user signs in as
// lee@firm.example.
func startTarget(tb testing.TB, fill ...func(*target, *records.Store) error) *target {
	tb.Helper()
	return startTargetIn(tb, tb.TempDir(), fill...)
}

// startTargetIn is startTarget with the file in a folder.
func startTargetIn(tb testing.TB, dir string, fill ...func(*target, *records.Store) error) *target {
	tb.Helper()
	must := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	ctx := tb.Context()
	file := filepath.Join(dir, "portal.db")
	db, err := sqlite.Open(file)
	must(err)
	store, err := records.Open(ctx, db, time.Now)
	must(err)
	must(store.CreateFirm(ctx, "Hart & Lee", records.Account{Email: "lee@firm.example", Name: "Lee", Password: targetPassword}))
	user, err := store.AccountByEmail(ctx, "lee@firm.example")
	must(err)
	person, err := store.AddAccount(ctx, records.Account{Email: "ana@client.example", Name: "Ana"})
	must(err)
	g := new(target)
	g.matter, err = store.AddMatter(ctx, chat.Matter{Reference: "1", Title: "Elm Street", Assigned: user})
	must(err)
	g.chat, err = store.AddParticipant(ctx, chat.Participant{Matter: g.matter, Name: "Ana", Role: "Client"}, person)
	must(err)
	g.user, err = store.StartSession(ctx, user, chat.Origin{})
	must(err)
	g.person, err = store.StartSession(ctx, person, chat.Origin{})
	must(err)
	for _, write := range fill {
		must(write(g, store))
	}
	must(store.Close())

	g.process = &process{cmd: exec.Command(builtPortald(tb), "serve", "--database", file, "--address", "127.0.0.1:0", "--trusted-proxies", "127.0.0.1")}
	must(g.begin(filepath.Join(tb.TempDir(), "log")))
	tb.Cleanup(func() {
		_ = g.cmd.Process.Kill()
		<-g.ended
	})
	g.address, err = g.waitFor(servingAt)
	must(err)
	return g
}

var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peak returns the most memory that the process has had, in bytes. It skips the test on systems that don't say.
func (g *target) peak(tb testing.TB) int64 {
	tb.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", g.cmd.Process.Pid))
	if err != nil {
		tb.Skip("this system doesn't say how much memory a process has had: ", err)
	}
	kib, err := strconv.ParseInt(string(peakLine.FindSubmatch(status)[1]), 10, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return kib << 10
}
