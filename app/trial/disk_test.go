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
	"matterline/app/sqldb"
	"matterline/app/sqldb/sqlite"
	"matterline/app/syncer"
)

// busyFirm returns a firm with one device, which has many messages and some unsent ones.
func busyFirm(t *testing.T, seed uint64, dir string) (*world, *device) {
	t.Helper()
	w := newWorld(t, seed)
	t.Cleanup(w.close)
	w.backlog(120)
	d := w.addDeviceAt(w.users[2], dir)
	w.settle()
	rng := rand.New(rand.NewPCG(seed, 5))
	chats := d.chats()
	gone := chats[0]
	check(t, w.host.store.RemoveParticipant(context.Background(), w.caller(d), gone.chat))
	d.send(gone, false) // will be rejected
	for range 5 + rng.IntN(20) {
		d.send(chats[1+rng.IntN(len(chats)-1)], rng.IntN(4) == 0)
	}
	w.settle()
	for range 5 + rng.IntN(20) { // these wait
		d.send(chats[1+rng.IntN(len(chats)-1)], rng.IntN(4) == 0)
	}
	w.drafted = chats[1].chat
	check(t, d.replica.SaveDraft(context.Background(), w.drafted, replica.Draft{Text: draft}))
	return w, d
}

const draft = "a draft"

// checkRecovered syncs the device and checks that nothing is missing.
func checkRecovered(w *world) {
	w.t.Helper()
	count(&tally.disks)
	w.settle()
	w.checkEverything()
	if w.drafted != "" {
		c, err := w.devices[0].replica.Chat(context.Background(), w.drafted, 0)
		check(w.t, err)
		if c.Draft.Text != draft {
			w.t.Errorf("the draft is %q", c.Draft.Text)
		}
	}
	if w.t.Failed() {
		w.t.Logf("run seed %d alone: go test -tags sqlite_fts5 -run '%s' ./app/trial -trial.from %d", w.seed, w.t.Name(), w.seed)
	}
}

// checkExplained checks that an error is a sentence for people, with one of these codes.
func checkExplained(t *testing.T, err error, want ...chat.Code) {
	t.Helper()
	for _, code := range want {
		if chat.CodeOf(err) == code && strings.HasSuffix(err.Error(), ".") {
			return
		}
	}
	t.Errorf("%v (%s), not a sentence of %v", err, chat.CodeOf(err), want)
}

// A damaged copy is set aside and pulled again. Unsent messages are kept.
func TestCopyDamaged(t *testing.T) {
	for n := range *disks {
		seed := *from + uint64(n)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w, d := busyFirm(t, seed, "")
			d.close()
			damage(t, filepath.Join(d.dir, "copy.db"), rand.New(rand.NewPCG(seed, 6)))
			d.openRepaired()
			w.useAll(d)
			checkRecovered(w)
		})
	}
}

// The same for a copy that is damaged while it's open.
func TestCopyDamagedInUse(t *testing.T) {
	for n := range *disks {
		seed := *from + uint64(n)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w, d := busyFirm(t, seed, "")
			rng := rand.New(rand.NewPCG(seed, 6))
			for range 1 + rng.IntN(20) {
				damage(t, filepath.Join(d.dir, "copy.db"), rng)
			}
			w.useAll(d)
			checkRecovered(w)
		})
	}
}

// Everything readable in a damaged own.db is rescued, and RepairNote reports the rest.
func TestOwnDamaged(t *testing.T) {
	for n := range *disks {
		seed := *from + uint64(n)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w, d := busyFirm(t, seed, "")
			before := d.has()
			d.close()
			own := filepath.Join(d.dir, "own.db")
			damage(t, own, rand.New(rand.NewPCG(seed, 6)))
			w.drafted = ""
			intact := readableIDs(own)
			repaired := d.openRepaired()
			after, lost := d.has(), 0
			for _, s := range w.sent {
				if before[s.id] && !after[s.id] {
					lost++
					s.excused = true
					if intact[s.id] {
						t.Errorf("%q could have been read", w.readable(s.text))
					}
				}
			}
			if lost > 0 && repaired == "" {
				t.Errorf("%d messages are lost, but RepairNote is empty", lost)
			}
			t.Logf("%d of %d messages could not be read", lost, len(w.sent))
			checkRecovered(w)
		})
	}
}

// readableIDs returns the ids of the messages in an outbox that can still be read.
func readableIDs(path string) map[string]bool {
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
		return err // after the rows that could be read
	})
	return ids
}

// damage overwrites a page of a file, or truncates the file.
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

// useAll reads everything on a device that the window shows. If the copy turns out to be damaged, it opens the replica
// again, like the window.
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
		checkExplained(w.t, err, chat.Damaged)
		d.close()
		if d.openRepaired() == "" {
			w.t.Errorf("%v, and nothing was repaired", err)
		}
	}
}

// Another program has the copy open.
func TestLocked(t *testing.T) {
	w, d := busyFirm(t, *from, "")
	d.close()
	other, out, err := startChild(childConfig{Dir: d.dir, User: d.user, Hold: true})
	check(t, err)
	if line, err := bufio.NewReader(out).ReadString('\n'); !strings.HasPrefix(line, "opened") {
		t.Fatalf("%q, %v", line, err)
	}
	_, err = replica.Open(context.Background(), d.dir, d.user, d.now)
	checkExplained(t, err, chat.Locked)
	check(t, other.Process.Kill())
	_ = other.Wait()
	d.open()
	checkRecovered(w)
}

// A full disk is explained in words. Earlier messages are still there, and syncing continues when there is space again.
func TestDiskFull(t *testing.T) {
	dir := smallDisk(t, "4m")
	w, d := busyFirm(t, *from, filepath.Join(dir, "maya"))
	ballast := filepath.Join(dir, "ballast")
	fill(t, ballast)
	chats := d.chats()
	var rejected error
	for range 1000 {
		r := chats[1]
		text := fmt.Sprintf("%s %s %d", secret(r.matter), strings.Repeat("long ", 1000), d.count)
		d.count++
		m, err := sendTo(context.Background(), d.replica, r.chat, text, false)
		if rejected = err; err != nil {
			break
		}
		w.sent = append(w.sent, &sentMessage{id: m.ID, text: m.Text, chat: r.chat, matter: r.matter, device: d})
	}
	checkExplained(t, rejected, chat.DiskFull)
	w.backlog(400)
	d.wake()
	w.until("the state of a full disk", func() bool { return d.syncer.Freshness().State == syncer.Disk })
	if f := d.syncer.Freshness(); f.Code != chat.DiskFull || !strings.HasSuffix(f.Problem, ".") {
		t.Errorf("%+v", f)
	}
	d.sleep()
	d.close()
	if r, err := replica.Open(context.Background(), d.dir, d.user, d.now); err != nil {
		checkExplained(t, err, chat.DiskFull, chat.DiskFailed)
	} else {
		check(t, r.Close())
	}
	check(t, os.Remove(ballast))
	d.open()
	checkRecovered(w)
}

// fill uses all free space of a disk.
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

// A read-only disk is explained in words.
func TestReadOnly(t *testing.T) {
	dir := smallDisk(t, "8m")
	w, d := busyFirm(t, *from, filepath.Join(dir, "maya"))
	d.close()
	readOnly(t, dir, true)
	_, err := replica.Open(context.Background(), d.dir, d.user, d.now)
	checkExplained(t, err, chat.DiskFailed)
	readOnly(t, dir, false)
	d.open()
	checkRecovered(w)
}

// Read-only files and a read-only folder are explained in words.
func TestReadOnlyFiles(t *testing.T) {
	if os.Geteuid() == 0 && os.Getenv(restrictedEnv) == "" {
		asRestrictedRoot(t)
		return
	}
	for _, what := range []string{"", "copy.db", "own.db"} {
		t.Run("read-only "+what, func(t *testing.T) {
			w, d := busyFirm(t, *from, "")
			d.close()
			path := filepath.Join(d.dir, what)
			info, err := os.Stat(path)
			check(t, err)
			check(t, os.Chmod(path, info.Mode()&^0o222))
			r, err := replica.Open(context.Background(), d.dir, d.user, d.now)
			if err == nil {
				_, err = sendTo(context.Background(), r, w.people[0].chats[0].chat, "x", false)
				check(t, r.Close())
			}
			checkExplained(t, err, chat.DiskFailed)
			check(t, os.Chmod(path, info.Mode()))
			names, err := filepath.Glob(filepath.Join(d.dir, "*"))
			check(t, err)
			for _, name := range names { // SQLite creates -wal and -shm with the permissions of the database
				check(t, os.Chmod(name, 0o600))
			}
			d.open()
			checkRecovered(w)
		})
	}
}

// restrictedEnv tells the test binary that it runs as a root user who can't write to read-only files.
const restrictedEnv = "MATTERLINE_TRIAL_PLAIN"

// asRestrictedRoot runs a test again as such a user.
func asRestrictedRoot(t *testing.T) {
	cmd := exec.Command("setpriv", "--bounding-set=-dac_override", os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$", "-trial.from="+fmt.Sprint(*from))
	cmd.Env = append(os.Environ(), restrictedEnv+"=1")
	output, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: "+t.Name()) {
		t.Fatalf("%v: %s", err, output)
	}
}

// until waits for something that always happens.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	late := time.After(60 * time.Second)
	for !is() {
		select {
		case <-w.changed:
		case <-late:
			w.t.Fatalf("no %s", what)
		}
	}
}
