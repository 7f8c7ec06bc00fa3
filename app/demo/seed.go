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

// seed makes the firm in a new file: aside first, so that one that was cut off is never taken for whole.
func seed(ctx context.Context, path string) error {
	aside := path + ".making"
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(aside + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	db, err := sqlite.Open(aside)
	if err != nil {
		return err
	}
	s := &seeder{now: time.Now(), ids: map[string]chat.Caller{}}
	s.clock = s.now
	if s.store, err = records.Open(ctx, db, func() time.Time { return s.clock }); err != nil {
		return errors.Join(err, db.Close())
	}
	if err := errors.Join(s.firm(ctx), s.store.Close()); err != nil { // closing writes the log into the file
		return fmt.Errorf("seed: %w", err)
	}
	return os.Rename(aside, path)
}

// seeder writes the scripts into a store, whose clock it sets to when each thing happened.
type seeder struct {
	store      *records.Store
	now, clock time.Time
	ids        map[string]chat.Caller // of users, by their key
}

func (s *seeder) firm(ctx context.Context) error {
	all, err := scripts()
	if err != nil {
		return err
	}
	if err := s.store.SetFirm(ctx, records.Program, records.Firm{Name: FirmName}); err != nil {
		return err
	}
	for _, u := range users {
		id, err := s.store.AddAccount(ctx, records.Account{Email: u.key + "@hartwell.example", Name: u.name, Password: Password, User: true, Admin: u.admin})
		if err != nil {
			return err
		}
		s.ids[u.key] = chat.Caller{Account: id, Name: u.name, User: true, Admin: u.admin}
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

// event is something that happened in a matter.
type event struct {
	at time.Time
	do func() error
}

func (s *seeder) matter(ctx context.Context, m *script) error {
	info := chat.Matter{Reference: m.reference, Title: m.title, Type: m.kind, OpenedAt: m.openedAt(s.now).UnixMilli(), Assigned: s.ids[m.assigned].Account}
	for _, key := range m.team {
		info.Team = append(info.Team, s.ids[key].Account)
	}
	matter, err := s.store.AddMatter(ctx, info)
	if err != nil {
		return err
	}
	var events []event
	for _, r := range m.participants {
		happened, err := s.chat(ctx, m, matter, r)
		if err != nil {
			return err
		}
		events = append(events, happened...)
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

// chat adds a participant and returns what happened in their chat.
func (s *seeder) chat(ctx context.Context, m *script, matter string, r *role) ([]event, error) {
	p := chat.Participant{Matter: matter, Name: r.name, Role: r.role, OtherSide: r.otherSide}
	them := chat.Caller{}
	if r.joined {
		account, err := s.store.AddAccount(ctx, records.Account{Email: m.email(r.key), Name: r.name})
		if err != nil {
			return nil, err
		}
		them.Account = account
	}
	participant, err := s.store.AddParticipant(ctx, p, them.Account)
	if err != nil {
		return nil, err
	}
	assigned := s.ids[m.assigned]
	read := func(at time.Time, who chat.Caller) event {
		return event{at, func() error { return s.store.MarkRead(ctx, who, participant, 1<<40) }} // as far as there is
	}
	var events []event
	if r.joined {
		if _, err := s.store.StartSession(ctx, them.Account, "first visit"); err != nil {
			return nil, err
		}
	}
	for i, l := range r.lines {
		at, who := l.at(s.now), them
		if isUser(l.who) {
			who = s.ids[l.who]
		} else {
			events = append(events, read(at.Add(-3*time.Minute), them))
		}
		events = append(events, event{at, func() error {
			said, err := s.store.Say(ctx, who, []records.Saying{{ID: uuid.Must(uuid.NewV7()).String(), Participant: participant,
				Text: fillDates(l.text, s.now), WrittenAt: s.clock.UnixMilli(), SetStatus: l.status}})
			if err != nil {
				return err
			}
			return said[0].Err
		}})
		if i == r.readLines()-1 {
			events = append(events, read(at.Add(time.Second), assigned))
		}
		if i == len(r.lines)-1 && isUser(l.who) && r.joined && at.Before(s.now.Add(-2*time.Hour)) {
			events = append(events, read(at.Add(31*time.Minute), them))
		}
	}
	return events, nil
}
