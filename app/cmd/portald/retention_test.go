package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/sqldb/sqlite"
)

func TestRetentionsAreDaysOrYears(t *testing.T) {
	for text, want := range map[string]time.Duration{"90d": 90 * day, "400d": 400 * day, "1y": 365 * day, "10y": 3652 * day, "100y": 36525 * day} {
		var r retention
		if err := r.UnmarshalText([]byte(text)); err != nil || time.Duration(r) != want {
			t.Errorf("%s: %v, %v", text, time.Duration(r), err)
		}
	}
	for _, text := range []string{"", "0", "1", "10", "1d", "89d", "0y", "-1y", "1.5y", "10 y", "10Y", "8760h", "101y", "99999d", "999999d"} {
		var r retention
		if err := r.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%s: %v", text, time.Duration(r))
		}
	}
}

// A portal removes old entries of the audit trail only if --audit-retention is set. The rest still verifies.
func TestServeKeepsTheAuditTrailForItsRetention(t *testing.T) {
	ctx := t.Context()
	file := filepath.Join(t.TempDir(), "portal.db")
	db, err := sqlite.Open(file)
	check(t, err)
	longAgo := time.Now().Add(-2 * 365 * day)
	store, err := records.Open(ctx, db, func() time.Time { return longAgo })
	check(t, err)
	check(t, store.CreateFirm(ctx, "Firm", records.Account{Email: "lee@firm.example", Name: "Lee", Password: targetPassword}))
	lee, err := store.AccountByEmail(ctx, "lee@firm.example")
	check(t, err)
	_, err = store.OpenMatter(ctx, records.Program, chat.Matter{Reference: "1", Title: "Elm", Type: "Sale", Assigned: lee})
	check(t, err)
	check(t, store.Close())
	portald := func(args ...string) string {
		t.Helper()
		out, _ := exec.Command("portald", append(args, "--database", file)...).CombinedOutput()
		return string(out)
	}
	hash := func(text string) string {
		return regexp.MustCompile(`hash is ([0-9a-f]{64})`).FindStringSubmatch(text)[1]
	}
	serve := func(args ...string) *process {
		t.Helper()
		p := &process{cmd: exec.Command("portald", append([]string{"serve", "--database", file, "--address", "127.0.0.1:0"}, args...)...)}
		check(t, p.begin(filepath.Join(t.TempDir(), "log")))
		t.Cleanup(func() { _ = p.cmd.Process.Kill(); <-p.ended })
		if _, err := p.waitFor(servingAt); err != nil {
			t.Fatal(err)
		}
		return p
	}

	before := portald("audit", "verify")
	p := serve("--audit-retention", "1y")
	if _, err := p.waitFor(regexp.MustCompile(`removed what is no longer needed.*(audit_entries=2)`)); err != nil {
		t.Fatal(err)
	}
	after := portald("audit", "verify")
	if !strings.Contains(after, "The audit trail is unchanged: 1 entry, from number 3 on. Older ones were removed because of their age.") {
		t.Error(after)
	}
	if text := portald("audit", "verify", "--contains", hash(before)); !strings.Contains(text, "unchanged") { // it is the beginning
		t.Error(text)
	}
	if text := portald("audit", "verify", "--contains", strings.Repeat("ab", 32)); !strings.Contains(text, "none of the entries from number 3 on has this hash; the entries up to number 2 were removed because of their age. If the hash is of a later one, the trail was changed") {
		t.Error(text)
	}
	if text := portald("audit", "export"); strings.Contains(text, "matter.open") || !strings.Contains(text, `"action":"audit.remove"`) {
		t.Error(text)
	}
}
