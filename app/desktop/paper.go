package desktop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"matterline/app/chat"
	"matterline/app/paper"
	"matterline/app/paper/systemfonts"
	"matterline/app/replica"
	"matterline/app/syncer"
)

// SaveChat writes a chat into a file that the user chooses, and returns it, or nothing where they choose none;
// kind is pdf or json. It returns not_found, disk_full and disk_failed.
func (a *App) SaveChat(participant, kind string) (string, error) {
	return a.savePaper(kind, func(ctx context.Context, r *replica.Replica) (replica.File, error) {
		return r.ChatFile(ctx, participant)
	}, false)
}

// SaveMatter writes a matter with all its chats, as SaveChat does one.
func (a *App) SaveMatter(matter, kind string) (string, error) {
	return a.savePaper(kind, func(ctx context.Context, r *replica.Replica) (replica.File, error) { return r.MatterFile(ctx, matter) }, true)
}

func (a *App) savePaper(kind string, read func(context.Context, *replica.Replica) (replica.File, error), whole bool) (string, error) {
	if kind != "pdf" && kind != "json" {
		return "", chat.Errorf(chat.Malformed, "kind", "This can be saved as PDF or as JSON.")
	}
	s, err := a.current()
	if err != nil {
		return "", err
	}
	found, err := read(context.Background(), s.replica)
	if err != nil {
		return "", err
	}
	path, err := a.saveAs(fileName(found, whole, a.now(), kind))
	if err != nil || path == "" {
		return "", err
	}
	// Read again: the user may have taken their time to choose.
	if found, err = read(context.Background(), s.replica); err != nil {
		return "", err
	}
	f := a.onPaper(s, found, whole)
	return path, write(path, func(w io.Writer) error {
		if kind == "json" {
			return paper.WriteJSON(w, f)
		}
		return paper.WritePDF(w, f, time.Local, systemfonts.Finder(filepath.Join(a.options.Data, "fonts")))
	})
}

// onPaper is what stands in the file.
func (a *App) onPaper(s *session, found replica.File, whole bool) paper.File {
	in := a.Session()
	f := paper.File{
		Firm: in.Firm, MadeBy: in.Name, MadeAt: a.now().UTC(), AsOf: at(found.AsOf), Whole: whole,
		Matter: paper.Matter{
			ID: found.ID, Reference: found.Reference, Title: found.Title, Type: found.Type,
			OpenedAt: at(found.OpenedAt), ClosedAt: at(found.ClosedAt), AssignedName: found.AssignedName,
		},
	}
	if s.syncer.Freshness().State == syncer.Current {
		f.AsOf = f.MadeAt
	}
	for _, c := range found.Chats {
		f.Chats = append(f.Chats, chatOnPaper(c))
	}
	f.Chats = list(f.Chats)
	return f
}

func chatOnPaper(c replica.FileChat) paper.Chat {
	on := paper.Chat{
		Participant: c.Participant, Name: c.Name, Role: c.Role, OtherSide: c.OtherSide, Joined: c.Joined, Removed: c.Removed,
		Messages: []paper.Message{}, Statuses: []paper.Status{}, Reads: []paper.Read{},
	}
	deliveries := map[string]paper.Delivery{"sent": paper.Sent, "waiting": paper.Waiting, "sending": paper.Waiting, "rejected": paper.Refused}
	asked := map[string]bool{}
	for _, d := range c.Decisions {
		asked[d.Message] = d.State != "rejected"
	}
	for _, m := range c.Messages {
		on.Messages = append(on.Messages, paper.Message{
			ID: m.ID, Author: m.Author, AuthorName: m.AuthorName, FromParticipant: m.FromParticipant, SentAt: at(m.SentAt), WrittenAt: at(m.WrittenAt),
			Text: m.Text, Delivery: deliveries[m.Delivery], Reason: m.Reason, AsksStatus: m.Status == "asked" || asked[m.ID],
		})
	}
	for i := range c.Statuses {
		p := c.Statuses[len(c.Statuses)-1-i] // the screen has the newest first
		on.Statuses = append(on.Statuses, paper.Status{Message: p.Message, Text: p.Text, SetByName: p.SetByName, SetAt: at(p.SetAt), EndedAt: at(p.EndedAt)})
	}
	for _, r := range c.Reads {
		read := paper.Read{Reader: r.Reader, ReaderName: r.Name, FromParticipant: r.FromParticipant, At: at(r.At)}
		for _, m := range c.Messages {
			if m.Version > 0 && m.Version <= r.Upto {
				read.Upto = m.ID
			}
		}
		on.Reads = append(on.Reads, read)
	}
	return on
}

// at is a time as Go has it; zero for 0.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// fileName is what a file is called unless the user says otherwise, as "2026-114 Okafor, Ana Okafor, 2026-11-23.pdf".
func fileName(f replica.File, whole bool, now time.Time, kind string) string {
	title, _, _ := strings.Cut(f.Title, ":")
	parts := []string{f.Reference + " " + title}
	if !whole {
		parts = append(parts, f.Chats[0].Name)
	}
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || !unicode.IsPrint(r) {
			return '-'
		}
		return r
	}, strings.Join(parts, ", "))
	const most = 180 // bytes: file systems have room for 255
	for len(name) > most {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return strings.Trim(name, ". ") + ", " + now.Format(time.DateOnly) + "." + kind
}

// write writes a file whole or not at all. It returns disk_full and disk_failed.
func write(path string, content func(io.Writer) error) error {
	err := writeBeside(path, content)
	var refused *fs.PathError
	var moved *os.LinkError
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return chat.Errorf(chat.DiskFull, "", "There is not enough room for the file there. Please free some space, or save it somewhere else.")
	case errors.As(err, &refused), errors.As(err, &moved):
		return chat.Errorf(chat.DiskFailed, "", "The file cannot be written there. The folder may be write-protected, or the file open in another program. Please close it or save somewhere else.")
	}
	return err
}

// writeBeside writes beside the file what then takes its place.
func writeBeside(path string, content func(io.Writer) error) (err error) {
	part, err := os.CreateTemp(filepath.Dir(path), ".matterline-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreGone(os.Remove(part.Name())))
		}
	}()
	if err := errors.Join(content(part), part.Sync(), part.Close()); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return os.Rename(part.Name(), path)
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
