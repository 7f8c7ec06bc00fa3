package trial

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/records"
	"matterline/app/sqldb/sqlite"
)

// host runs a portal that can be restarted, backed up and restored.
type host struct {
	path    string
	now     func() time.Time
	store   *records.Store // nil while it is down
	end     func()
	address atomic.Pointer[string]
	backups []string
	// histories counts how often it was put back to a backup.
	histories atomic.Int32
}

func (h *host) where() string { return *h.address.Load() }

func (h *host) start(t testing.TB) {
	t.Helper()
	h.store = h.open(t)
	address, end := serve(portal.New(h.store, fstest.MapFS{}, slog.New(slog.DiscardHandler)))
	h.end = end
	h.address.Store(&address)
}

func (h *host) open(t testing.TB) *records.Store {
	t.Helper()
	db, err := sqlite.Open(h.path)
	check(t, err)
	store, err := records.Open(context.Background(), db, h.now)
	check(t, err)
	return store
}

// stop ends the portal like a computer that is switched off: connections break without a word.
func (h *host) stop(t testing.TB) {
	t.Helper()
	if h.store == nil {
		return
	}
	h.address.Store(new(string))
	h.end()
	check(t, h.store.Close())
	h.store = nil
}

// backUp copies the portal's file, like portald backup.
func (h *host) backUp(t testing.TB) {
	t.Helper()
	to := filepath.Join(filepath.Dir(h.path), fmt.Sprintf("backup-%d.db", len(h.backups)))
	check(t, sqlite.Copy(context.Background(), h.path, to))
	h.backups = append(h.backups, to)
}

// restore replaces a stopped portal's file by a backup, like portald restore.
func (h *host) restore(t testing.TB, backup string, inspect func(*records.Store)) {
	t.Helper()
	h.putBack(t, backup, func(store *records.Store) {
		inspect(store)
		_, err := store.NewEpoch(context.Background(), false)
		check(t, err)
	})
}

// putBack replaces a stopped portal's file by an earlier one, and changes that before the portal starts. Without a new
// epoch, it's what happens when a computer's disk is put back to a snapshot.
func (h *host) putBack(t testing.TB, backup string, change func(*records.Store)) {
	t.Helper()
	h.histories.Add(1)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(h.path + suffix); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	check(t, sqlite.Copy(context.Background(), backup, h.path))
	store := h.open(t)
	change(store)
	check(t, store.Close())
}

// everything returns all that a caller may see: the rows of each matter, read in pages of limit.
func everything(t testing.TB, store *records.Store, c chat.Caller, limit int) map[string]chat.Changes {
	t.Helper()
	ctx := context.Background()
	heads, err := store.Heads(ctx, c)
	check(t, err)
	all := map[string]chat.Changes{}
	for _, head := range heads {
		whole := chat.Changes{Matter: head.Matter}
		for {
			page, err := store.Changes(ctx, c, head.Matter, records.Position{Version: whole.Version}, limit)
			check(t, err)
			if page.Info != nil {
				whole.Info = page.Info
			}
			whole.Version = page.Version
			whole.Users = append(whole.Users, page.Users...)
			whole.Participants = append(whole.Participants, page.Participants...)
			whole.Messages = append(whole.Messages, page.Messages...)
			whole.Statuses = append(whole.Statuses, page.Statuses...)
			whole.Reads = append(whole.Reads, page.Reads...)
			if !page.More {
				break
			}
		}
		all[head.Matter] = whole
	}
	return all
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
