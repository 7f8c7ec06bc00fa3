package desktop

import (
	"context"
	"errors"
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
	"matterline/app/computer"
	"matterline/app/export"
	"matterline/app/export/systemfonts"
	"matterline/app/replica"
	"matterline/app/session"
	"matterline/app/syncer"
)

// SaveChat saves a chat to a file that the user chooses, and returns the file's path, or "" if they cancel. kind is pdf
// or json. It returns not_found, disk_full and disk_failed.
func (a *App) SaveChat(participant, kind string) (string, error) {
	return a.saveExport(kind, func(ctx context.Context, r *replica.Replica) (replica.File, error) {
		return r.ChatFile(ctx, participant)
	}, false)
}

// SaveMatter saves a matter with all its chats, as SaveChat saves one chat.
func (a *App) SaveMatter(matter, kind string) (string, error) {
	return a.saveExport(kind, func(ctx context.Context, r *replica.Replica) (replica.File, error) { return r.MatterFile(ctx, matter) }, true)
}

func (a *App) saveExport(kind string, read func(context.Context, *replica.Replica) (replica.File, error), allChats bool) (string, error) {
	if kind != "pdf" && kind != "json" {
		return "", chat.Errorf(chat.Malformed, "kind", "Choose PDF or JSON.")
	}
	return with(a, func(ctx context.Context, s *session.Session) (string, error) {
		content, err := read(ctx, s.Replica())
		if err != nil {
			return "", err
		}
		path, err := a.window.ChooseFile(fileName(content, allChats, a.now(), kind))
		if err != nil || path == "" {
			return "", err
		}
		if err := s.Locked(); err != nil { // again: the dialog may have been open for a long time
			return "", err
		}
		if content, err = read(ctx, s.Replica()); err != nil {
			return "", err
		}
		freshness, err := s.Freshness(ctx)
		if err != nil {
			return "", err
		}
		participant := ""
		if !allChats {
			participant = content.Chats[0].Participant
		}
		err = s.Change(func(r *replica.Replica) error { return r.ReportExport(ctx, content.ID, participant) })
		if err != nil { // no export without a trace in the audit trail
			return "", err
		}
		f := a.exportFile(content, allChats, freshness)
		return path, saveFile(path, func(w io.Writer) error {
			if kind == "json" {
				return export.WriteJSON(w, f)
			}
			return export.WritePDF(w, f, time.Local, systemfonts.Finder(filepath.Join(a.options.Data, "fonts")))
		})
	})
}

func (a *App) exportFile(content replica.File, allChats bool, freshness session.Freshness) export.File {
	in := a.Session()
	f := export.File{
		Firm: chat.Line(in.Firm), MadeBy: chat.Line(in.Name), MadeAt: a.now().UTC(), AsOf: at(content.AsOf), AllChats: allChats,
		Matter: export.Matter{
			ID: content.ID, Reference: chat.Line(content.Reference), Title: chat.Line(content.Title), Type: chat.Line(content.Type),
			OpenedAt: at(content.OpenedAt), ClosedAt: at(content.ClosedAt), AssignedName: chat.Line(content.AssignedName),
		},
	}
	if freshness.State == syncer.Current {
		f.AsOf = f.MadeAt
	}
	for _, c := range content.Chats {
		f.Chats = append(f.Chats, exportChat(c))
	}
	f.Chats = list(f.Chats)
	return f
}

func exportChat(c replica.FileChat) export.Chat {
	on := export.Chat{
		Participant: c.Participant, Name: chat.Line(c.Name), Role: chat.Line(c.Role), OtherSide: c.OtherSide, Joined: c.Joined, Removed: c.Removed,
		Messages: []export.Message{}, Statuses: []export.Status{}, Reads: []export.ReadMark{},
	}
	deliveries := map[string]export.Delivery{"sent": export.Sent, "waiting": export.Waiting, "sending": export.Waiting, "rejected": export.Rejected}
	asked := map[string]bool{}
	for _, d := range c.Decisions {
		asked[d.Message] = d.State != "rejected"
	}
	for _, m := range c.Messages {
		on.Messages = append(on.Messages, export.Message{
			ID: m.ID, Author: m.Author, AuthorName: authorOf(m), FromParticipant: m.FromParticipant, SentAt: at(m.SentAt), WrittenAt: at(m.WrittenAt),
			Text: m.Text, Delivery: deliveries[m.Delivery], Reason: m.Reason, BecomesStatus: m.Status == "asked" || asked[m.ID],
		})
	}
	for i := range c.Statuses {
		p := c.Statuses[len(c.Statuses)-1-i] // the newest is first
		on.Statuses = append(on.Statuses, export.Status{Message: p.Message, Text: p.Text, SetByName: chat.Line(p.SetByName), SetAt: at(p.SetAt), EndedAt: at(p.EndedAt)})
	}
	for _, r := range c.Reads {
		read := export.ReadMark{Reader: r.Reader, ReaderName: chat.Line(r.Name), FromParticipant: r.FromParticipant, At: at(r.At)}
		for _, m := range c.Messages {
			if m.Version > 0 && m.Version <= r.Upto {
				read.Upto = m.ID
			}
		}
		on.Reads = append(on.Reads, read)
	}
	return on
}

// authorOf returns a message's author for a file, with what tells them apart from someone whose name looks the same.
func authorOf(m replica.Message) string {
	if m.AuthorDetail == "" {
		return chat.Line(m.AuthorName)
	}
	return chat.Line(m.AuthorName + " (" + m.AuthorDetail + ")")
}

// at converts milliseconds to a time, and 0 to the zero time.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// fileName is the name that the user is offered, such as "2026-114 Okafor, Ana Okafor, 2026-11-23.pdf".
func fileName(f replica.File, allChats bool, now time.Time, kind string) string {
	title, _, _ := strings.Cut(f.Title, ":")
	parts := []string{f.Reference + " " + title}
	if !allChats {
		parts = append(parts, f.Chats[0].Name)
	}
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || !unicode.IsPrint(r) {
			return '-'
		}
		return r
	}, strings.Join(parts, ", "))
	const most = 180 // bytes. File systems allow 255.
	for len(name) > most {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return strings.Trim(name, ". ") + ", " + now.Format(time.DateOnly) + "." + kind
}

// saveFile writes a file where the user chose. It returns disk_full and disk_failed.
func saveFile(path string, content func(io.Writer) error) error {
	err := computer.WriteFile(path, content)
	var pathError *fs.PathError
	var linkError *os.LinkError
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return chat.Errorf(chat.DiskFull, "", "Couldn't save the file: the disk is full. Free up some space, or save it somewhere else.")
	case errors.As(err, &pathError), errors.As(err, &linkError):
		return chat.Errorf(chat.DiskFailed, "", "Couldn't save the file. Check that the folder isn't write-protected and that the file isn't open in another program, then try again.")
	}
	return err
}
