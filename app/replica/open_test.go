package replica_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/replica"
)

func TestErrLocked(t *testing.T) {
	dir := t.TempDir()
	r := open(t, dir)
	_, err := replica.Open(t.Context(), dir, chat.User{ID: "maya"}, time.Now)
	if chat.CodeOf(err) != chat.Locked || !strings.Contains(err.Error(), "Another program") {
		t.Fatal(err)
	}
	check(t, r.Close())
	open(t, dir)
}

// damaged returns the folder of a closed replica with a chat, unsent messages, a draft and a setting, after damage.
func damaged(t *testing.T, damage func(dir string)) string {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	r := open(t, dir)
	check(t, r.Apply(ctx, elm("one", "two")))
	for i := range 200 {
		_, err := sendTo(ctx, r, "ana", fmt.Sprint("unsent ", i, strings.Repeat(" and so on", 20)), false)
		check(t, err)
	}
	check(t, r.SaveDraft(ctx, "ana", replica.Draft{Text: "half a thought"}))
	check(t, r.Set(ctx, "preview", "off"))
	check(t, r.Close())
	damage(dir)
	return dir
}

func overwrite(t *testing.T, path string, at, size int64) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	check(t, err)
	defer file.Close()
	noise := make([]byte, size)
	rng := rand.NewChaCha8([32]byte{})
	rng.Read(noise)
	_, err = file.WriteAt(noise, at)
	check(t, err)
}

func waiting(t *testing.T, r *replica.Replica) int {
	t.Helper()
	b, err := r.Backlog(t.Context())
	check(t, err)
	return b.Waiting
}

// A damaged copy is replaced by an empty one. What only this device has is kept.
func TestDamagedCopy(t *testing.T) {
	for name, damage := range map[string]func(path string){
		"FirstPage": func(path string) { overwrite(t, path, 0, 4096) },
		"CutOff":    func(path string) { check(t, os.Truncate(path, 9000)) },
		"NoDatabase": func(path string) {
			check(t, os.WriteFile(path, []byte("this is not a database, and it never was one"), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := damaged(t, func(dir string) { damage(filepath.Join(dir, "copy.db")) })
			r := open(t, dir)
			if !strings.Contains(r.RepairNote(), "downloaded again") || waiting(t, r) != 200 {
				t.Fatalf("%q, %d wait", r.RepairNote(), waiting(t, r))
			}
			check(t, r.Apply(t.Context(), elm("one", "two")))
			_, err := r.MarkComplete(t.Context())
			check(t, err)
			left, err := filepath.Glob(filepath.Join(dir, "*.damaged-*"))
			if err != nil || len(left) != 0 {
				t.Fatalf("%v, %v", left, err)
			}
		})
	}
}

// damageMessages overwrites the first page of the copy's messages.
func damageMessages(t *testing.T) func(dir string) {
	return func(dir string) {
		db, err := sql.Open("sqlite3", filepath.Join(dir, "copy.db"))
		check(t, err)
		var root int64
		check(t, db.QueryRow(`SELECT rootpage FROM sqlite_schema WHERE name = 'messages'`).Scan(&root))
		check(t, db.Close())
		overwrite(t, filepath.Join(dir, "copy.db"), (root-1)*4096, 4096)
	}
}

// Damage that is found while the copy is open is reported, and repaired when it's opened again.
func TestDamageFoundLater(t *testing.T) {
	dir := damaged(t, damageMessages(t))
	r := open(t, dir)
	if _, err := r.Chat(t.Context(), "ana", 0); chat.CodeOf(err) != chat.Damaged || r.RepairNote() != "" {
		t.Fatalf("%v, %q", err, r.RepairNote())
	}
	check(t, r.Close())
	r = open(t, dir)
	if r.RepairNote() == "" || waiting(t, r) != 200 {
		t.Fatalf("%q, %d wait", r.RepairNote(), waiting(t, r))
	}
}

// Everything readable in a damaged own.db is rescued.
func TestDamagedOwn(t *testing.T) {
	ctx := context.Background()
	dir := damaged(t, func(dir string) { overwrite(t, filepath.Join(dir, "own.db"), 24*4096, 4096) })
	r := open(t, dir)
	if !strings.Contains(r.RepairNote(), "Check your latest messages") {
		t.Fatalf("%q", r.RepairNote())
	}
	if n := waiting(t, r); n < 150 || n >= 200 {
		t.Fatalf("%d of 200 were rescued", n)
	}
	c, err := r.Chat(ctx, "ana", 0)
	check(t, err)
	if preview, err := r.Setting(ctx, "preview"); err != nil || preview != "off" || c.Draft.Text != "half a thought" {
		t.Fatalf("%q %q %v", preview, c.Draft.Text, err)
	}
	if _, err := sendTo(ctx, r, "ana", "next message", false); err != nil {
		t.Fatal(err)
	}

	t.Run("Everything", func(t *testing.T) {
		for _, size := range []int64{0, 5000} {
			dir := damaged(t, func(dir string) { check(t, os.Truncate(filepath.Join(dir, "own.db"), size)) })
			r := open(t, dir)
			if r.RepairNote() == "" || waiting(t, r) != 0 {
				t.Fatalf("%q", r.RepairNote())
			}
			want(t, texts(t, r, 0), "sent one", "sent two")
		}
	})
}

// Signing out deletes the copy and keeps what only this device has.
func TestSignOut(t *testing.T) {
	dir := damaged(t, func(string) {})
	r := open(t, dir)
	check(t, r.SignOut(t.Context()))
	check(t, r.Close())
	if left, err := filepath.Glob(filepath.Join(dir, "copy.db*")); err != nil || len(left) != 0 {
		t.Fatalf("%v, %v", left, err)
	}
	r = open(t, dir)
	rows, err := r.Matters(t.Context())
	check(t, err)
	if len(rows) != 0 || waiting(t, r) != 200 || r.RepairNote() != "" {
		t.Fatalf("%v, %d wait, %q", rows, waiting(t, r), r.RepairNote())
	}
}

// Signing out deletes a damaged copy, too.
func TestSignOutWithDamagedCopy(t *testing.T) {
	dir := damaged(t, damageMessages(t))
	r := open(t, dir)
	check(t, r.StartOver(t.Context(), "epoch 2")) // so that signing out reads the messages
	check(t, r.SignOut(t.Context()))
	if left, err := filepath.Glob(filepath.Join(dir, "copy.db*")); err != nil || len(left) != 0 {
		t.Fatalf("%v, %v", left, err)
	}
}

// A read mark that reached own.db but not the copy is in the copy after the next start.
func TestReadMarkSurvives(t *testing.T) {
	dir := t.TempDir()
	r := open(t, dir)
	check(t, r.Apply(t.Context(), elm("one", "two")))
	check(t, r.MarkRead(t.Context(), "ana", 4))
	check(t, r.SignOut(t.Context())) // deletes the copy
	r = open(t, dir)
	check(t, r.Apply(t.Context(), elm("one", "two", "three")))
	rows, err := r.Matters(t.Context())
	check(t, err)
	if len(rows) != 1 || rows[0].Unread != 1 {
		t.Fatalf("%+v", rows)
	}
}
