package desktop

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/export"
	"matterline/app/replica"
)

// saveTo has the user save files under the offered names in a folder.
func (o *office) saveTo(dir string) {
	o.window.choose = func(name string) string { return filepath.Join(dir, name) }
}

func TestExport(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	o.anaSends("When can we exchange?")
	o.untilAlerts(1)
	o.goAway()
	_, err := o.Send(o.toAna, []string{o.toAna}, "On Friday.", true)
	check(t, err)
	dir := t.TempDir()
	o.saveTo(dir)

	t.Run("JSON", func(t *testing.T) {
		path, err := o.SaveMatter(o.matter, "json")
		check(t, err)
		if want := "1 Elm Street, " + o.now().Format(time.DateOnly) + ".json"; filepath.Base(path) != want {
			t.Errorf("name %s, want %s", filepath.Base(path), want)
		}
		data, err := os.ReadFile(path)
		check(t, err)
		var f export.File
		check(t, json.Unmarshal(data, &f))
		c := f.Chats[0]
		if f.MadeBy != "Maya Hart" || f.Matter.Title != "Elm Street" || !f.AllChats || len(f.Chats) != 1 || len(c.Messages) != 2 {
			t.Fatalf("%+v", f)
		}
		if m := c.Messages[0]; !m.FromParticipant || m.Delivery != export.Sent || m.SentAt.Location() != time.UTC {
			t.Errorf("%+v", m)
		}
		if unsent := c.Messages[1]; unsent.Delivery != export.Waiting || !unsent.BecomesStatus || !unsent.SentAt.IsZero() {
			t.Errorf("%+v", unsent)
		}
	})
	t.Run("PDF", func(t *testing.T) {
		path, err := o.SaveChat(o.toAna, "pdf")
		check(t, err)
		data, err := os.ReadFile(path)
		check(t, err)
		if !strings.HasPrefix(string(data), "%PDF-1.7") || !strings.Contains(filepath.Base(path), ", Ana, ") {
			t.Errorf("%s: %.20q", path, data)
		}
	})
	t.Run("Cancelled", func(t *testing.T) {
		o.window.choose = func(string) string { return "" }
		defer o.saveTo(dir)
		if path, err := o.SaveChat(o.toAna, "pdf"); path != "" || err != nil {
			t.Errorf("%q, %v", path, err)
		}
	})
	t.Run("ErrNotFound", func(t *testing.T) {
		if _, err := o.SaveChat("nobody", "pdf"); chat.CodeOf(err) != chat.NotFound {
			t.Error(err)
		}
	})
	t.Run("ErrMalformed", func(t *testing.T) {
		if _, err := o.SaveChat(o.toAna, "docx"); chat.CodeOf(err) != chat.Malformed {
			t.Error(err)
		}
	})
	t.Run("ErrDiskFailed", func(t *testing.T) {
		o.saveTo(filepath.Join(dir, "gone"))
		if _, err := o.SaveChat(o.toAna, "pdf"); chat.CodeOf(err) != chat.DiskFailed {
			t.Error(err)
		}
	})
}

func TestSaveFileOnAFullDisk(t *testing.T) {
	err := saveFile(filepath.Join(t.TempDir(), "file.pdf"), func(io.Writer) error {
		return &os.PathError{Op: "write", Path: "file.pdf", Err: syscall.ENOSPC}
	})
	if chat.CodeOf(err) != chat.DiskFull {
		t.Fatal(err)
	}
}

func TestFileName(t *testing.T) {
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for want, f := range map[string]replica.File{
		"2026-114 Okafor, Ana Okafor, 2026-11-23.pdf": {Reference: "2026-114", Title: "Okafor: purchase of 14 Elm Street", Chats: []replica.FileChat{{Chat: replica.Chat{Name: "Ana Okafor"}}}},
		"26-114 A-B, -..-Ana-, 2026-11-23.pdf":        {Reference: "..26/114", Title: "A\\B", Chats: []replica.FileChat{{Chat: replica.Chat{Name: "/../Ana\u202e"}}}},
		"1 יעל, יעל כהן, 2026-11-23.pdf":              {Reference: "1", Title: "יעל", Chats: []replica.FileChat{{Chat: replica.Chat{Name: "יעל כהן"}}}},
	} {
		if got := fileName(f, false, day, "pdf"); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	long := fileName(replica.File{Reference: "1", Title: strings.Repeat("題", 200)}, true, day, "json")
	if len(long) > 200 || !strings.HasSuffix(long, "題, 2026-11-23.json") {
		t.Error(long)
	}
}
