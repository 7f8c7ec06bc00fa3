package replica_test

import (
	"compress/gzip"
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"matterline/app/chat"
	"matterline/app/replica"
)

// freeze names a new folder in testdata for the schema of a release:
//
//	go test -tags sqlite_fts5 -run TestFreeze ./app/replica -freeze first
//
// Never replace an existing one: users have such databases.
var freeze = flag.String("freeze", "", "store the current schema in this folder of testdata")

func TestFreeze(t *testing.T) {
	if *freeze == "" {
		t.Skip("needs -freeze")
	}
	ctx, dir := context.Background(), t.TempDir()
	r := open(t, dir)
	page := elm("Das Café ist offen", "two")
	page.Statuses = []chat.Status{{ID: "s4", Participant: "ana", Message: "m4", Text: "two", SetBy: "tom", SetAt: 4, Version: 4}}
	page.Reads = []chat.Read{{Participant: "ana", Reader: "ana", Upto: 3, At: 5, Version: 5}}
	page.Version = 5
	check(t, r.Apply(ctx, page))
	check(t, r.MarkRead(ctx, "ana", 3))
	check(t, r.SaveDraft(ctx, "ana", replica.Draft{Text: "half a thought", SetStatus: true}))
	check(t, r.Decide(ctx, "ana", ""))
	check(t, r.AssignTo(ctx, "elm", "tom"))
	check(t, r.SetNotified(ctx, map[string]int64{"ana": 4}))
	check(t, r.Set(ctx, "preview", "off"))
	_, err := sendTo(ctx, r, "ana", "unsent", true)
	check(t, err)
	check(t, r.SaveDraft(ctx, "ana", replica.Draft{Text: "half a thought", SetStatus: true}))
	check(t, r.Close())
	check(t, os.Mkdir(filepath.Join("testdata", *freeze), 0o777))
	for _, name := range []string{"copy.db", "own.db"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		check(t, err)
		file, err := os.Create(filepath.Join("testdata", *freeze, name+".gz"))
		check(t, err)
		zip := gzip.NewWriter(file)
		_, err = zip.Write(data)
		check(t, err)
		check(t, zip.Close())
		check(t, file.Close())
	}
}

// Databases of every release can be opened, with everything in them.
func TestUpgrade(t *testing.T) {
	released, err := filepath.Glob("testdata/*/copy.db.gz")
	check(t, err)
	if len(released) == 0 {
		t.Fatal("no frozen schema")
	}
	for _, path := range released {
		from := filepath.Dir(path)
		t.Run(filepath.Base(from), func(t *testing.T) {
			ctx, dir := t.Context(), t.TempDir()
			for _, name := range []string{"copy.db", "own.db"} {
				file, err := os.Open(filepath.Join(from, name+".gz"))
				check(t, err)
				defer file.Close()
				zip, err := gzip.NewReader(file)
				check(t, err)
				data, err := io.ReadAll(zip)
				check(t, err)
				check(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
			}
			r := open(t, dir)
			if r.RepairNote() != "" {
				t.Fatal(r.RepairNote())
			}
			want(t, texts(t, r, 0), "sent Das Café ist offen", "sent two", "waiting unsent")
			c, err := r.Chat(ctx, "ana", 0)
			check(t, err)
			if c.Draft != (replica.Draft{Text: "half a thought", SetStatus: true}) || c.Messages[1].Status != "current" || c.ReadUpto != 3 || c.TheirReadUpto != 3 || len(c.Decisions) != 1 {
				t.Fatalf("%+v", c)
			}
			m, err := r.Matter(ctx, "elm")
			check(t, err)
			if m.Assigning == nil || m.Assigning.AssignedName != "Tom Reyes" || m.Participants[0].Unread != 1 {
				t.Fatalf("%+v", m)
			}
			found, err := r.Search(ctx, "cafe")
			check(t, err)
			notified, err := r.Notified(ctx)
			check(t, err)
			preview, err := r.Setting(ctx, "preview")
			check(t, err)
			if len(found.Hits) != 1 || notified["ana"] != 4 || preview != "off" {
				t.Fatalf("%v %v %q", found, notified, preview)
			}
			check(t, r.Forget(ctx, "elm"))
		})
	}
}
