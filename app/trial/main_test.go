package trial

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	_ "matterline/app/password/passwordtest"
)

var (
	seeds  = flag.Int("trial.seeds", 200, "number of simulations")
	from   = flag.Uint64("trial.from", 1, "the first seed")
	logged = flag.Bool("trial.log", false, "show the syncers' logs")
	disks  = flag.Int("trial.disks", 10, "number of damaged pages of each file")
	kills  = flag.Int("trial.kills", 100, "number of times that devices are killed")
)

// tally counts the faults for the last line of output.
var tally struct {
	seeds, restarts, restores, rollbacks, disks atomic.Int64
	kills, catching, sending                    atomic.Int64 // all, while catching up, with something to send
	faults                                      [faults]atomic.Int64
}

func count(n *atomic.Int64) { n.Add(1) }

func counts() string {
	var kinds []string
	for kind, name := range faultNames {
		if n := tally.faults[kind].Load(); n > 0 {
			kinds = append(kinds, fmt.Sprintf("%d %s", n, name))
		}
	}
	return fmt.Sprintf("%d seeds, %d kills (%d catching up, %d sending), %d disk faults, %d portal restarts, %d restores, %d rollbacks; requests: %s",
		tally.seeds.Load(), tally.kills.Load(), tally.catching.Load(), tally.sending.Load(), tally.disks.Load(), tally.restarts.Load(), tally.restores.Load(), tally.rollbacks.Load(), strings.Join(kinds, ", "))
}

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		runChild()
		return
	}
	flag.Parse()
	code := m.Run()
	fmt.Println(counts())
	os.Exit(code)
}

// fastDir returns a folder in memory where possible. These tests don't check that a disk keeps its data, and waiting
// for it would take most of the time.
func fastDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "matterline-trial-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
