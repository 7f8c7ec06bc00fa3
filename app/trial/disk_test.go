package trial

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/replica"
	"matterline/app/replica/replicatest"
	"matterline/app/sqldb"
	"matterline/app/sqldb/sqlite"
	"matterline/app/syncer"
)

// full is a firm with one device that has much, and has written what the portal has not got yet.
func full(t *testing.T, seed uint64, dir string) (*world, *device) {
	t.Helper()
	w := newWorld(t, seed)
	t.Cleanup(w.close)
	w.backlog(120)
	d := w.addDeviceAt(w.users[2], dir)
	w.settle()
	rng := rand.New(rand.NewPCG(seed, 5))
	chats := d.chats()
	gone := chats[0]
	check(t, w.house.store.RemoveParticipant(context.Background(), w.caller(d), gone.chat))
	d.send(gone, false) // will be refused
	for range 5 + rng.IntN(20) {
		d.send(chats[1+rng.IntN(len(chats)-1)], rng.IntN(4) == 0)
	}
	w.settle()
	for range 5 + rng.IntN(20) { // waits
		d.send(chats[1+rng.IntN(len(chats)-1)], rng.IntN(4) == 0)
	}
	w.drafted = chats[1].chat
	check(t, d.replica.SaveDraft(context.Background(), w.drafted, replica.Draft{Text: draft}))
	return w, d
}

const draft = "a draft"

// wellAgain brings the device up to date, and checks that nothing is missing.
func wellAgain(w *world) {
	w.t.Helper()
	count(&tally.disks)
	w.settle()
	w.mustBeRight()
	if w.drafted != "" {
		c, err := w.devices[0].replica.Chat(context.Background(), w.drafted, 0)
		check(w.t, err)
		if c.Draft.Text != draft {
			w.t.Errorf("the draft is %q", c.Draft.Text)
		}
	}
	if w.t.Failed() {
		w.t.Logf("seed %d failed; alone: go test -tags sqlite_fts5 -run '%s' ./app/trial -trial.from %d", w.seed, w.t.Name(), w.seed)
	}
}

// told checks that an error is one that a person can be told.
func toldOf(t *testing.T, err error, want ...chat.Code) {
	t.Helper()
	for _, code := range want {
		if chat.CodeOf(err) == code && strings.HasSuffix(err.Error(), ".") {
			return
		}
	}
	t.Errorf("%v (%s), not a sentence of %v", err, chat.CodeOf(err), want)
}

// A file of the copy is damaged: it is set aside and pulled again, and what waits to be sent is still there.
func TestCopyDamaged(t *testing.T) {
	for n := range *disks {
		seed := *from + uint64(n)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w, d := full(t, seed, "")
			d.close()
			damage(t, filepath.Join(d.dir, "copy.db"), rand.New(rand.NewPCG(seed, 6)))
			d.openMended()
			w.useAll(d)
			wellAgain(w)
		})
	}
}

// The same while the copy is open.
func TestCopyDamagedInUse(t *testing.T) {
	for n := range *disks {
		seed := *from + uint64(n)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w, d := full(t, seed, "")
			rng := rand.New(rand.NewPCG(seed, 6))
			for range 1 + rng.IntN(20) {
				damage(t, filepath.Join(d.dir, "copy.db"), rng)
			}
			w.useAll(d)
			wellAgain(w)
		})
	}
}

// What only the device has is damaged: what can be read is carried over, and the user is told.
func TestOwnDamaged(t *testing.T) {
	for n := range *disks {
		seed := *from + uint64(n)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w, d := full(t, seed, "")
			before := d.has()
			d.close()
			own := filepath.Join(d.dir, "own.db")
			damage(t, own, rand.New(rand.NewPCG(seed, 6)))
			w.drafted = ""
			readable := readable(own)
			mended := d.openMended()
			after, lost := d.has(), 0
			for _, s := range w.sayings {
				if before[s.id] && !after[s.id] {
					lost++
					s.forgiven = true
					if readable[s.id] {
						t.Errorf("%q could have been read", w.plain(s.text))
					}
				}
			}
			if lost > 0 && mended == "" {
				t.Errorf("%d messages are lost, and nobody is told", lost)
			}
			t.Logf("%d of %d messages could not be read", lost, len(w.sayings))
			wellAgain(w)
		})
	}
}

// readable are the messages in the outbox that anybody can still read.
func readable(path string) map[string]bool {
	ids := map[string]bool{}
	db, err := sqlite.OpenReadOnly(path)
	if err != nil {
		return ids
	}
	defer db.Close()
	_ = db.View(context.Background(), func(tx *sqldb.Tx) error {
		_, err := sqldb.All(tx, func(scan sqldb.Scan) (id uuid.UUID, err error) {
			if err = scan(&id); err == nil {
				ids[id.String()] = true
			}
			return id, err
		}, `SELECT id FROM outbox NOT INDEXED`)
		return err // as far as it came
	})
	return ids
}

// damage overwrites a page of a file, or cuts its end off.
func damage(t *testing.T, path string, rng *rand.Rand) {
	t.Helper()
	info, err := os.Stat(path)
	check(t, err)
	if rng.IntN(4) == 0 {
		check(t, os.Truncate(path, rng.Int64N(info.Size())))
		return
	}
	const size = 4096
	page := make([]byte, size)
	for i := range page {
		page[i] = byte(rng.Uint32())
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	check(t, err)
	defer file.Close()
	_, err = file.WriteAt(page, size*rng.Int64N(max(1, info.Size()/size)))
	check(t, err)
}

// useAll asks a device for everything that its window would. If it says that its copy is damaged, it is opened
// again, as the window does.
func (w *world) useAll(d *device) {
	w.t.Helper()
	ctx := context.Background()
	use := func() error {
		if _, err := d.replica.Matters(ctx); err != nil {
			return err
		}
		for _, r := range d.chats() {
			if _, err := d.replica.Chat(ctx, r.chat, 0); err != nil && chat.CodeOf(err) != chat.NotFound {
				return err
			}
		}
		_, err := d.replica.Search(ctx, "says")
		return err
	}
	if err := use(); err != nil {
		toldOf(w.t, err, chat.Damaged)
		d.close()
		if d.openMended() == "" {
			w.t.Errorf("%v, and nothing is mended", err)
		}
	}
}

// Another program has the copy open.
func TestLocked(t *testing.T) {
	w, d := full(t, *from, "")
	d.close()
	other, out, err := startChild(childOf{Dir: d.dir, User: d.user, Hold: true})
	check(t, err)
	if line, err := bufio.NewReader(out).ReadString('\n'); !strings.HasPrefix(line, "opened") {
		t.Fatalf("%q, %v", line, err)
	}
	_, err = replica.Open(context.Background(), d.dir, d.user, d.now)
	toldOf(t, err, chat.Locked)
	check(t, other.Process.Kill())
	_ = other.Wait()
	d.open()
	wellAgain(w)
}

// The disk is full: what fits no longer is refused in words, what was written before is there, and it goes on
// when there is space.
func TestDiskFull(t *testing.T) {
	dir := smallDisk(t, "4m")
	w, d := full(t, *from, filepath.Join(dir, "maya"))
	ballast := filepath.Join(dir, "ballast")
	fill(t, ballast)
	chats := d.chats()
	var refused error
	for range 1000 {
		r := chats[1]
		text := fmt.Sprintf("%s %s %d", secret(r.matter), strings.Repeat("long ", 1000), d.said)
		d.said++
		m, err := replicatest.Send(context.Background(), d.replica, r.chat, text, false)
		if refused = err; err != nil {
			break
		}
		w.sayings = append(w.sayings, &saying{id: m.ID, text: m.Text, chat: r.chat, matter: r.matter, device: d})
	}
	toldOf(t, refused, chat.DiskFull)
	w.backlog(400)
	d.wake()
	w.until("a full disk to be told", func() bool { return d.syncer.Freshness().State == syncer.Disk })
	if f := d.syncer.Freshness(); f.Code != chat.DiskFull || !strings.HasSuffix(f.Problem, ".") {
		t.Errorf("%+v", f)
	}
	d.sleep()
	d.close()
	if r, err := replica.Open(context.Background(), d.dir, d.user, d.now); err != nil {
		toldOf(t, err, chat.DiskFull, chat.DiskFailed)
	} else {
		check(t, r.Close())
	}
	check(t, os.Remove(ballast))
	d.open()
	wellAgain(w)
}

// fill takes all the space that a disk has left.
func fill(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	check(t, err)
	defer file.Close()
	for size := 1 << 20; size > 0; {
		if _, err := file.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
}

// A disk or a folder that may not be written to.
func TestReadOnly(t *testing.T) {
	dir := smallDisk(t, "8m")
	w, d := full(t, *from, filepath.Join(dir, "maya"))
	d.close()
	readOnly(t, dir, true)
	_, err := replica.Open(context.Background(), d.dir, d.user, d.now)
	toldOf(t, err, chat.DiskFailed)
	readOnly(t, dir, false)
	d.open()
	wellAgain(w)
}

// Files and a folder that somebody has made read-only.
func TestReadOnlyFiles(t *testing.T) {
	if os.Geteuid() == 0 && os.Getenv(plainEnv) == "" {
		asPlainRoot(t)
		return
	}
	for _, what := range []string{"", "copy.db", "own.db"} {
		t.Run("read-only "+what, func(t *testing.T) {
			w, d := full(t, *from, "")
			d.close()
			path := filepath.Join(d.dir, what)
			info, err := os.Stat(path)
			check(t, err)
			check(t, os.Chmod(path, info.Mode()&^0o222))
			r, err := replica.Open(context.Background(), d.dir, d.user, d.now)
			if err == nil {
				_, err = replicatest.Send(context.Background(), r, w.people[0].chats[0].chat, "x", false)
				check(t, r.Close())
			}
			toldOf(t, err, chat.DiskFailed)
			check(t, os.Chmod(path, info.Mode()))
			names, err := filepath.Glob(filepath.Join(d.dir, "*"))
			check(t, err)
			for _, name := range names { // SQLite makes the files beside one as that is
				check(t, os.Chmod(name, 0o600))
			}
			d.open()
			wellAgain(w)
		})
	}
}

// plainEnv tells the test's own binary that it runs as a root who may not write to what is read-only.
const plainEnv = "MATTERLINE_TRIAL_PLAIN"

// asPlainRoot runs a test again, as such a root.
func asPlainRoot(t *testing.T) {
	cmd := exec.Command("setpriv", "--bounding-set=-dac_override", os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$", "-trial.from="+fmt.Sprint(*from))
	cmd.Env = append(os.Environ(), plainEnv+"=1")
	said, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(said), "--- PASS: "+t.Name()) {
		t.Fatalf("%v: %s", err, said)
	}
}

// until waits for something that is certain to come.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	late := time.After(60 * time.Second)
	for !is() {
		select {
		case <-w.news:
		case <-late:
			w.t.Fatalf("no %s", what)
		}
	}
}
