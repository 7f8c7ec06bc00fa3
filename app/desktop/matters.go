package desktop

import (
	"context"

	"matterline/app/replica"
)

// Matters lists these matters, or all if none is named, those with the newest activity first.
func (a *App) Matters(only []string) ([]replica.MatterRow, error) {
	s, err := a.current()
	if err != nil {
		return nil, err
	}
	rows, err := s.replica.Matters(context.Background(), only...)
	return list(rows), err
}

// People are the names of the participants of each matter.
func (a *App) People() (map[string]string, error) {
	s, err := a.current()
	if err != nil {
		return nil, err
	}
	return s.replica.People(context.Background())
}

// Matter reads one matter with its participants: the one that the user has open, so whatever it misses is
// fetched first. It returns not_found.
func (a *App) Matter(id string) (replica.Matter, error) {
	s, err := a.current()
	if err != nil {
		return replica.Matter{}, err
	}
	s.syncer.Prefer(id)
	m, err := s.replica.Matter(context.Background(), id)
	m.Participants = list(m.Participants)
	return m, err
}

// WaitingForUs lists the chats in which the participant has had the last word, in these matters, or in all if
// none is named, those that wait longest first.
func (a *App) WaitingForUs(only []string) ([]replica.WaitingRow, error) {
	s, err := a.current()
	if err != nil {
		return nil, err
	}
	rows, err := s.replica.WaitingForUs(context.Background(), only...)
	return list(rows), err
}

// AssignTo assigns a matter to another user, as soon as the portal can be reached. It returns not_found.
func (a *App) AssignTo(matter, user string) error {
	return a.push(func(r *replica.Replica) error { return r.AssignTo(context.Background(), matter, user) })
}

// Search finds matters, people and messages.
func (a *App) Search(text string) (replica.Found, error) {
	s, err := a.current()
	if err != nil {
		return replica.Found{}, err
	}
	found, err := s.replica.Search(context.Background(), text)
	found.Hits = list(found.Hits)
	return found, err
}

// list is a list that the front end can read when it is empty: [] and not null.
func list[T any](rows []T) []T {
	if rows == nil {
		return []T{}
	}
	return rows
}
