package replica_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	_ "matterline/app/password/passwordtest"
	"matterline/app/records"
	"matterline/app/sqldb/sqlite"
)

var update = flag.Bool("update", false, "write the sync vectors")

// vectors is where the sync vectors are. TestVectors and the client pages' tests (frontend/src/client) read
// them, so that both copies of a matter follow the same rules.
const vectors = "testdata/vectors"

// scene is a store of records with two callers who follow one matter, and the steps that each of them received.
type scene struct {
	*testing.T
	path      string // of the store's file
	store     *records.Store
	clock     time.Time
	maya, ana chat.Caller
	elm       string
	ids       map[string]string           // the names of random ids and marks, so that a vector is the same each time
	received  map[string]records.Position // by role
	steps     map[string][]vectorStep
	messages  int
}

// TestSyncVectors compares the vectors with what the store sends and the replica makes of it. Run it with -update
// after an intended change.
func TestSyncVectors(t *testing.T) {
	for name, play := range map[string]func(*scene){
		"twice":                twice,
		"edits":                edits,
		"removed_participant":  removedParticipant,
		"status":               statusChanges,
		"read_marks":           readMarks,
		"late_participant_row": lateParticipantRow,
		"new_epoch":            newEpoch,
		"rolled_back":          rolledBack,
		"access_ended":         accessEnded,
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			play(s)
			for role, steps := range s.steps {
				s.compare(name+"."+role+".json", vector{Role: role, Steps: steps})
			}
		})
	}
}

func newScene(t *testing.T) *scene {
	s := &scene{T: t, clock: time.UnixMilli(1_700_000_000_000), ids: map[string]string{}, received: map[string]records.Position{}, steps: map[string][]vectorStep{}}
	s.path = filepath.Join(t.TempDir(), "portal.db")
	s.open()
	t.Cleanup(func() { s.store.Close() })
	user := func(name, full string) chat.Caller {
		id := s.named(name)(s.store.AddAccount(t.Context(), records.Account{Email: name + "@firm.example", Name: full, User: true}))
		return chat.Caller{Account: id, Name: full, User: true, Admin: true}
	}
	s.maya = user("maya", "Maya Hart")
	tom := user("tom", "Tom Reyes")
	s.elm = s.named("elm")(s.store.AddMatter(t.Context(), chat.Matter{
		Reference: "2026-1", Title: "Elm Street", Type: "Conveyancing", OpenedAt: 1, Assigned: s.maya.Account, Team: []string{tom.Account}}))
	account := s.named("account-of-ana")(s.store.AddAccount(t.Context(), records.Account{Email: "ana@home.example", Name: "Ana Okafor"}))
	s.ana = chat.Caller{Account: account, Name: "Ana Okafor"}
	s.participant("ana", "Ana Okafor", account)
	return s
}

func (s *scene) open() {
	s.Helper()
	db, err := sqlite.Open(s.path)
	s.check(err)
	s.store, err = records.Open(s.Context(), db, func() time.Time { return s.clock })
	s.check(err)
}

var roles = []string{"user", "participant"}

func (s *scene) caller(role string) chat.Caller {
	if role == "user" {
		return s.maya
	}
	return s.ana
}

// pull delivers every change that a role hasn't received, with at most limit messages in a page.
func (s *scene) pull(limit int) {
	s.Helper()
	for _, role := range roles {
		caller := s.caller(role)
		for more := true; more; {
			page, err := s.store.Changes(s.Context(), caller, s.elm, s.received[role], limit)
			s.check(err)
			if page.Version == s.received[role].Version {
				break
			}
			s.received[role], more = records.Position{Version: page.Version, Mark: page.Mark}, page.More
			s.steps[role] = append(s.steps[role], vectorStep{Page: s.rename(page)})
		}
	}
	s.clock = s.clock.Add(time.Minute)
}

func (s *scene) nameRandom(id, kind string) {
	if s.ids[id] == "" {
		s.ids[id] = fmt.Sprint(kind, "-", len(s.ids))
	}
}

// rename gives the random ids and marks in a page their names.
func (s *scene) rename(page chat.Changes) *chat.Changes {
	for _, status := range page.Statuses {
		s.nameRandom(status.ID, "status")
	}
	s.nameRandom(page.Mark, "mark")
	text, err := json.Marshal(page)
	s.check(err)
	for id, name := range s.ids {
		text = bytes.ReplaceAll(text, []byte(id), []byte(name))
	}
	text = bytes.ReplaceAll(text, []byte(s.ana.Account), []byte("ana's account"))
	renamed := &chat.Changes{}
	s.check(json.Unmarshal(text, renamed))
	return renamed
}

func (s *scene) compare(file string, v vector) {
	s.Helper()
	var err error
	v.Expected, err = playVector(context.Background(), filepath.Join(s.TempDir(), file), v)
	s.check(err)
	got, err := json.MarshalIndent(v, "", "  ")
	s.check(err)
	path := filepath.Join(vectors, file)
	if *update {
		s.check(os.MkdirAll(vectors, 0o755))
		s.check(os.WriteFile(path, append(got, '\n'), 0o644))
	}
	want, err := os.ReadFile(path)
	s.check(err)
	if strings.TrimSpace(string(want)) != string(got) {
		s.Errorf("%s differs from what the store sends now: %s", path, got)
	}
}

func (s *scene) check(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// named remembers the name of a new id.
func (s *scene) named(name string) func(id string, err error) string {
	return func(id string, err error) string {
		s.Helper()
		s.check(err)
		s.ids[id] = name
		return id
	}
}

func (s *scene) id(name string) string {
	for id, named := range s.ids {
		if named == name {
			return id
		}
	}
	s.Fatalf("no %s", name)
	return ""
}

func (s *scene) participant(name, full, account string) {
	s.Helper()
	s.named(name)(s.store.AddParticipant(s.Context(), chat.Participant{Matter: s.elm, Name: full, Role: "Client"}, account))
}

// send sends a message by Maya, or by Ana in her own chat, and returns its id.
func (s *scene) send(by chat.Caller, to, text string, status bool) string {
	s.Helper()
	s.messages++
	id := s.named(fmt.Sprint("m", s.messages))(uuid.NewString(), nil)
	results, err := s.store.Send(s.Context(), by, []records.Outgoing{{
		ID: id, Participant: s.id(to), Text: text, WrittenAt: s.clock.UnixMilli(), SetStatus: status}})
	s.check(err)
	if results[0].Err != nil {
		s.Fatal(results[0].Err)
	}
	s.clock = s.clock.Add(time.Minute)
	return id
}

// Each page arrives twice.
func twice(s *scene) {
	s.send(s.ana, "ana", "When do we exchange?", false)
	s.send(s.maya, "ana", "On Friday.", true)
	s.pull(1)
	s.send(s.ana, "ana", "Thank you.", false)
	s.pull(1)
	for role, steps := range s.steps {
		var doubled []vectorStep
		for _, step := range steps {
			doubled = append(doubled, step, step)
		}
		s.steps[role] = append(doubled, steps...)
	}
}

// The matter and the participant are changed, and the matter is closed.
func edits(s *scene) {
	s.send(s.ana, "ana", "Hello", false)
	s.pull(100)
	s.check(s.store.EditMatter(s.Context(), s.maya, chat.Matter{ID: s.elm, Reference: "2026-2", Title: "Elm Avenue", Type: "Lease"}))
	s.check(s.store.EditParticipant(s.Context(), s.maya, chat.Participant{ID: s.id("ana"), Name: "Ana Reyes", Role: "Lender", OtherSide: true}))
	s.pull(100)
	s.check(s.store.Assign(s.Context(), s.maya, s.elm, s.id("tom")))
	s.check(s.store.SetClosed(s.Context(), s.maya, s.elm, true))
	s.pull(100)
}

// A participant is removed. Their chat stays for the firm; the other participant gets no changes.
func removedParticipant(s *scene) {
	s.participant("ben", "Ben Ito", "")
	s.send(s.maya, "ben", "Welcome", false)
	s.send(s.maya, "ana", "Welcome", false)
	s.pull(100)
	s.check(s.store.RemoveParticipant(s.Context(), s.maya, s.id("ben")))
	s.pull(100)
	s.send(s.maya, "ana", "Ben has left.", false)
	s.pull(100)
}

// A status is set, replaced, set again to an earlier message, and taken down.
func statusChanges(s *scene) {
	first := s.send(s.maya, "ana", "Searches ordered", true)
	s.pull(100)
	s.send(s.maya, "ana", "Searches are back", true)
	s.pull(100)
	s.check(s.store.SetStatus(s.Context(), s.maya, s.id("ana"), first, nil))
	s.pull(100)
	s.clock = s.clock.Add(time.Minute)
	s.check(s.store.SetStatus(s.Context(), s.maya, s.id("ana"), "", nil))
	s.pull(100)
}

// Each reader's mark moves forward and never back.
func readMarks(s *scene) {
	s.send(s.maya, "ana", "One", false)
	s.send(s.maya, "ana", "Two", false)
	s.send(s.ana, "ana", "Three", false)
	s.pull(100)
	for _, role := range roles {
		s.check(s.store.MarkRead(s.Context(), s.caller(role), s.id("ana"), s.received[role].Version))
	}
	s.pull(100)
	s.check(s.store.MarkRead(s.Context(), s.ana, s.id("ana"), 1))
	s.send(s.maya, "ana", "Four", false)
	s.pull(100)
}

// A participant's row was changed after her messages, so it arrives in a later page than they do.
func lateParticipantRow(s *scene) {
	s.participant("ben", "Ben Ito", "")
	s.send(s.ana, "ana", "One", false)
	s.send(s.maya, "ben", "Two", false)
	s.send(s.ana, "ana", "Three", false)
	s.check(s.store.EditParticipant(s.Context(), s.maya, chat.Participant{ID: s.id("ana"), Name: "Ana Reyes", Role: "Client"}))
	s.pull(1)
}

// The portal was restored from a backup: everything is pulled again.
func newEpoch(s *scene) {
	s.send(s.maya, "ana", "Searches ordered", true)
	s.pull(100)
	_, err := s.store.NewEpoch(s.Context(), false)
	s.check(err)
	for role := range s.steps {
		s.steps[role] = append(s.steps[role], vectorStep{Epoch: "restored"})
		s.received[role] = records.Position{}
	}
	s.pull(1)
	s.send(s.ana, "ana", "Thank you", false)
	s.pull(100)
}

// The portal's file is put back to an earlier state without a new epoch, and others write until it has the versions that
// both callers know. They refuse what follows, and start over.
func rolledBack(s *scene) {
	s.send(s.maya, "ana", "One", true)
	s.pull(100)
	backup := s.path + ".backup"
	s.check(sqlite.Copy(s.Context(), s.path, backup))
	s.send(s.ana, "ana", "Two, and lost", false)
	s.send(s.maya, "ana", "Three, and lost", true)
	s.pull(100)
	s.check(s.store.Close())
	s.check(os.Rename(backup, s.path))
	s.open()
	s.send(s.maya, "ana", "Two", false)
	heads := func() {
		for _, role := range roles {
			heads, err := s.store.Heads(s.Context(), s.caller(role))
			s.check(err)
			s.nameRandom(heads[0].Mark, "mark")
			step := vectorStep{Refused: chat.OtherHistory, Heads: []chat.Head{{Matter: "elm", Version: heads[0].Version, Mark: s.ids[heads[0].Mark]}}}
			s.steps[role] = append(s.steps[role], step)
		}
	}
	heads() // behind
	s.send(s.ana, "ana", "Three", false)
	heads() // at the same version
	now := map[string]records.Position{}
	for _, role := range roles {
		page, err := s.store.Changes(s.Context(), s.caller(role), s.elm, records.Position{}, 100)
		s.check(err)
		now[role] = records.Position{Version: page.Version, Mark: page.Mark}
	}
	s.send(s.ana, "ana", "Four", false)
	for _, role := range roles {
		page, err := s.store.Changes(s.Context(), s.caller(role), s.elm, now[role], 100)
		s.check(err)
		s.steps[role] = append(s.steps[role], vectorStep{Refused: chat.OtherHistory, Page: s.rename(page)}, vectorStep{Epoch: "the same"})
		s.received[role] = records.Position{}
	}
	s.pull(2)
}

// Access to the matter ends, so the copy is erased.
func accessEnded(s *scene) {
	s.send(s.maya, "ana", "Hello", true)
	s.pull(100)
	for role := range s.steps {
		s.steps[role] = append(s.steps[role], vectorStep{Gone: "elm"})
	}
}
