package main

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"matterline/app/sqldb"
)

// size is how large a firm is. Users work in groups of the same number of people. A matter belongs to a group: it is
// assigned to one of its users, and the others are the matter's team.
type size struct {
	groups, people                   int
	matters                          int
	participants, messages, statuses int // in each matter
}

// kind is the kind of a row with an id that tests can work out.
type kind int

const (
	userID    kind = iota + 1
	accountID      // of a participant
	matterID
	participantID
)

// of returns the id of the n-th row of its kind. It sorts before the ids that devices make.
func (k kind) of(n int) string { return fmt.Sprintf("%08d-0000-7000-8000-%012d", int(k), n) }

// group returns the number of a matter's group.
func (s size) group(matter int) int { return matter % s.groups }

// assigned returns the number of the user to whom a matter is assigned.
func (s size) assigned(matter int) int {
	return s.group(matter)*s.people + matter/s.groups%s.people
}

// tokenOf returns the token with which an account is signed in: each user's, and that of each matter's first participant.
func tokenOf(account string) string { return "token-" + account }

//go:embed testdata/firm.sql
var firmSQL string

// fill writes the firm into a new store on PostgreSQL. The store's own methods would take hours for a large one.
func (s size) fill(tb testing.TB, database string, db *sqldb.DB) {
	tb.Helper()
	start := time.Now()
	script := strings.NewReplacer(":groups", strconv.Itoa(s.groups), ":people", strconv.Itoa(s.people), ":matters", strconv.Itoa(s.matters),
		":participants", strconv.Itoa(s.participants), ":messages", strconv.Itoa(s.messages), ":statuses", strconv.Itoa(s.statuses),
		":now", strconv.FormatInt(start.UnixMilli(), 10)).Replace(firmSQL)
	check(tb, db.Tx(tb.Context(), func(tx *sqldb.Tx) error {
		for statement := range strings.SplitSeq(strings.TrimSuffix(script, ";\n"), ";\n") {
			if err := tx.Exec(statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	}))
	// A store in use has statistics, and PostgreSQL has tidied it.
	conn, err := pgx.Connect(tb.Context(), database)
	check(tb, err)
	defer conn.Close(tb.Context())
	for _, statement := range []string{"VACUUM ANALYZE", "CHECKPOINT"} {
		_, err := conn.Exec(tb.Context(), statement)
		check(tb, err)
	}
	tb.Logf("filled the store in %v", time.Since(start).Round(time.Second/10))
}
