package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/sqldb/sqlite"
)

// seed creates the firm in a new file. It works under a temporary name, so that an interrupted attempt isn't mistaken
// for a complete firm.
func seed(ctx context.Context, path string) error {
	temporary := path + ".making"
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(temporary + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	db, err := sqlite.Open(temporary)
	if err != nil {
		return err
	}
	s := &seeder{now: time.Now(), users: map[string]chat.Caller{}}
	s.clock = s.now
	if s.store, err = records.Open(ctx, db, func() time.Time { return s.clock }); err != nil {
		return errors.Join(err, db.Close())
	}
	if err := errors.Join(s.firm(ctx), s.store.Close()); err != nil { // closing writes SQLite's log into the file
		return fmt.Errorf("seed: %w", err)
	}
	return os.Rename(temporary, path)
}

// seeder writes the scripts into a store and sets the store's clock to the time of each event.
type seeder struct {
	store      *records.Store
	now, clock time.Time
	users      map[string]chat.Caller // by key
}

func (s *seeder) firm(ctx context.Context) error {
	all, err := scripts()
	if err != nil {
		return err
	}
	if err := s.store.SetFirm(ctx, records.Program, records.Firm{Name: FirmName}); err != nil {
		return err
	}
	for key, name := range users {
		id, err := s.store.AddAccount(ctx, records.Account{Email: key + "@hartwell.example", Name: name, Password: Password, User: true})
		if err != nil {
			return err
		}
		s.users[key] = chat.Caller{Account: id, Name: name, User: true}
	}
	if err := s.replies(ctx); err != nil {
		return err
	}
	for _, m := range all {
		if err := s.matter(ctx, m); err != nil {
			return fmt.Errorf("%s: %w", m.reference, err)
		}
	}
	return nil
}

// event is something that happened in a matter at a time.
type event struct {
	at time.Time
	do func() error
}

func (s *seeder) matter(ctx context.Context, m *matterScript) error {
	info := chat.Matter{Reference: m.reference, Title: m.title, Type: m.matterType, OpenedAt: m.openedAt(s.now).UnixMilli(), Assigned: s.users[m.assigned].Account}
	for _, key := range m.team {
		info.Team = append(info.Team, s.users[key].Account)
	}
	matter, err := s.store.AddMatter(ctx, info)
	if err != nil {
		return err
	}
	var events []event
	for _, p := range m.participants {
		chatEvents, err := s.chat(ctx, m, matter, p)
		if err != nil {
			return err
		}
		events = append(events, chatEvents...)
	}
	slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
	for _, e := range events {
		s.clock = e.at
		if err := e.do(); err != nil {
			return err
		}
	}
	return nil
}

// chat adds a participant and returns the events of their chat.
func (s *seeder) chat(ctx context.Context, script *matterScript, matter string, p *participant) ([]event, error) {
	client := chat.Caller{}
	if p.joined {
		account, err := s.store.AddAccount(ctx, records.Account{Email: script.email(p.key), Name: p.name})
		if err != nil {
			return nil, err
		}
		client.Account = account
	}
	id, err := s.store.AddParticipant(ctx, chat.Participant{Matter: matter, Name: p.name, Role: p.role, OtherSide: p.otherSide}, client.Account)
	if err != nil {
		return nil, err
	}
	assigned := s.users[script.assigned]
	read := func(at time.Time, reader chat.Caller) event {
		return event{at, func() error { return s.store.MarkRead(ctx, reader, id, 1<<40) }} // to the end
	}
	var events []event
	if p.joined {
		if _, err := s.store.StartSession(ctx, client.Account, chat.Origin{Device: "first visit"}); err != nil {
			return nil, err
		}
	}
	for i, m := range p.messages {
		at, author := m.at(s.now), client
		if isUser(m.author) {
			author = s.users[m.author]
		} else {
			events = append(events, read(at.Add(-3*time.Minute), client))
		}
		events = append(events, event{at, func() error {
			results, err := s.store.Send(ctx, author, []records.Outgoing{{ID: uuid.Must(uuid.NewV7()).String(), Participant: id,
				Text: fillDates(m.text, s.now), WrittenAt: s.clock.UnixMilli(), SetStatus: m.setStatus}})
			if err != nil {
				return err
			}
			return results[0].Err
		}})
		if i == p.readCount()-1 {
			events = append(events, read(at.Add(time.Second), assigned))
		}
		if i == len(p.messages)-1 && isUser(m.author) && p.joined && at.Before(s.now.Add(-2*time.Hour)) {
			events = append(events, read(at.Add(31*time.Minute), client))
		}
	}
	return events, nil
}
