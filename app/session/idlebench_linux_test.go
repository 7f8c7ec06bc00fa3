package session

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"matterline/app/alert"
	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/sqldb/sqlite"
)

const (
	idleFirms    = 3
	idleMatters  = 50
	idleMessages = 40 // in each chat
	idleFor      = time.Minute
	// portalFolder names the folder of the portals, for the process that serves them.
	portalFolder = "MATTERLINE_IDLE_PORTALS"
)

// TestServeIdlePortals is the process with the portals of BenchmarkIdle. Otherwise it does nothing.
func TestServeIdlePortals(t *testing.T) {
	dir := os.Getenv(portalFolder)
	if dir == "" {
		return
	}
	for i := range idleFirms {
		db, err := sqlite.Open(filepath.Join(dir, fmt.Sprint(i, ".db")))
		check(t, err)
		store, err := records.Open(t.Context(), db, time.Now)
		check(t, err)
		fillIdle(t, store)
		server := httptest.NewServer(portal.New(store, fstest.MapFS{}, slog.New(slog.DiscardHandler)))
		fmt.Println("portal", server.URL)
	}
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the benchmark ends
	os.Exit(0)
}

func fillIdle(t *testing.T, store *records.Store) {
	maya, err := store.AddAccount(t.Context(), records.Account{Email: "maya@firm.example", Name: "Maya", Password: "right", User: true})
	check(t, err)
	for i := range idleMatters {
		client := chat.Caller{Name: fmt.Sprint("Client ", i)}
		client.Account, err = store.AddAccount(t.Context(), records.Account{Email: fmt.Sprint(i, "@client.example"), Name: client.Name, Password: "right"})
		check(t, err)
		matter, err := store.AddMatter(t.Context(), chat.Matter{Reference: fmt.Sprint(i), Title: fmt.Sprint("Matter ", i), Assigned: maya})
		check(t, err)
		to, err := store.AddParticipant(t.Context(), chat.Participant{Matter: matter, Name: client.Name, Role: "Client"}, client.Account)
		check(t, err)
		var messages []records.Outgoing
		for range idleMessages {
			messages = append(messages, records.Outgoing{ID: uuid.NewString(), Participant: to, Text: strings.Repeat("Does that leave us enough time? ", 4)})
		}
		_, err = store.Send(t.Context(), client, messages)
		check(t, err)
	}
}

// BenchmarkIdle measures what accounts cost while nothing happens: the processor time of three compared with one, and the
// memory of each further one. The portals run in another process.
func BenchmarkIdle(b *testing.B) {
	cmd := exec.Command(os.Args[0], "-test.run", "^TestServeIdlePortals$")
	cmd.Env = append(os.Environ(), portalFolder+"="+b.TempDir())
	stdin, err := cmd.StdinPipe()
	checkB(b, err)
	stdout, err := cmd.StdoutPipe()
	checkB(b, err)
	checkB(b, cmd.Start())
	defer func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	}()
	var portals []string
	for lines := bufio.NewScanner(stdout); len(portals) < idleFirms && lines.Scan(); {
		if address, is := strings.CutPrefix(lines.Text(), "portal "); is {
			portals = append(portals, address)
		}
	}
	for range b.N {
		one, before := openIdle(b, portals[:1])
		more, after := openIdle(b, portals[1:])
		b.ReportMetric(one, "ms/min-of-one")
		b.ReportMetric(more, "ms/min-of-three")
		b.ReportMetric(more/one, "ratio")
		b.ReportMetric((after-before)/(idleFirms-1), "MiB/account")
	}
}

// openIdle opens sessions, which stay open until the benchmark ends. It returns the processor time that all cost in a minute,
// in milliseconds, and the memory of the process, in MiB.
func openIdle(b *testing.B, portals []string) (cpu, memory float64) {
	for _, address := range portals {
		in := &portalapi.SignInInput{}
		in.Body.Email, in.Body.Password = "maya@firm.example", "right"
		out, err := portalapi.Call(context.Background(), portalapi.NewClient(address, ""), portalapi.SignIn, in)
		checkB(b, err)
		listener := newRecorder()
		s, err := Open(Options{
			Key: address, Dir: b.TempDir(), Portal: address, User: chat.User{ID: out.Body.Me.Account, Name: "Maya"}, Token: out.Body.Token,
			Grace: time.Minute, Now: time.Now, Log: slog.New(slog.DiscardHandler), Listener: listener, Notifications: noNotifications{},
		})
		checkB(b, err)
		s.Start()
		b.Cleanup(func() { _ = s.Close() })
		for !listener.last(func(alerts []alert.Alert, f Freshness) bool {
			return f.State == "current" && len(alerts) == idleMatters
		}) {
			<-listener.updated
		}
	}
	<-time.After(10 * time.Second) // what follows the first sync
	start := processorTime(b)
	<-time.After(idleFor)
	return processorTime(b) - start, residentMiB(b)
}

type noNotifications struct{}

func (noNotifications) Show(alert.Notification)    {}
func (noNotifications) KeepOnly(string, ...string) {}

func checkB(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// processorTime is what this process has used, in milliseconds.
func processorTime(b *testing.B) float64 {
	var use syscall.Rusage
	checkB(b, syscall.Getrusage(syscall.RUSAGE_SELF, &use))
	return float64(use.Utime.Nano()+use.Stime.Nano()) / 1e6
}

// residentMiB is the memory of this process that isn't shared with a file.
func residentMiB(b *testing.B) float64 {
	text, err := os.ReadFile("/proc/self/status")
	checkB(b, err)
	var kib float64
	for line := range strings.Lines(string(text)) {
		if value, is := strings.CutPrefix(line, "RssAnon:"); is {
			_, err := fmt.Sscan(value, &kib)
			checkB(b, err)
		}
	}
	return kib / 1024
}
