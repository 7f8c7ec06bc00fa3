package app_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// house is who may import whom of the house, and why nobody else.
var house = map[string]struct {
	may []string
	why string
}{
	"chat":                  {nil, "chat is the ground: it stands on the standard library alone"},
	"alert":                 {[]string{"chat"}, "alert is a pure rule: it never touches I/O"},
	"search":                {nil, "search is a pure rule: it only reads text"},
	"alert/toast":           {[]string{"alert"}, "it shows alerts and knows no more"},
	"alert/tray":            {[]string{"alert"}, "it shows alerts and knows no more"},
	"sqldb":                 {nil, "the kit knows engines, not Matterline"},
	"sqldb/sqlite":          {[]string{"sqldb"}, "the kit knows engines, not Matterline"},
	"sqldb/postgres":        {[]string{"sqldb"}, "the kit knows engines, not Matterline"},
	"sqldb/postgres/pgtest": {nil, "it starts an engine for tests, and knows no more"},
	"portalapi":             {[]string{"chat"}, "the contract knows neither who serves it nor who calls it"},
	"records":               {[]string{"chat", "sqldb"}, "the store of record is the authority: it knows no copy of itself and no HTTP"},
	"portal":                {[]string{"chat", "portalapi", "records"}, "the portal serves the records and knows no window"},
	"replica":               {[]string{"chat", "search", "sqldb", "sqldb/sqlite"}, "a replica is a partial copy: it knows neither the records nor the network"},
	"replica/replicatest":   {[]string{"chat", "replica", "sqldb", "sqldb/sqlite"}, "it helps tests that use a replica, and knows no more"},
	"syncer":                {[]string{"chat", "portalapi"}, "the syncer sees neither database nor window"},
	"paper":                 {nil, "what stands on paper is given to it: it knows neither where it was read nor where it lies"},
	"paper/systemfonts":     {nil, "it looks through the computer's fonts and knows no more"},
	"desktop":               {[]string{"alert", "alert/tray", "autostart", "chat", "paper", "paper/systemfonts", "portalapi", "replica", "syncer"}, "the window talks to a portal as any other client, even when it runs in the same process"},
	"demo":                  {[]string{"chat", "portal", "portalapi", "records", "sqldb/sqlite"}, "the demo is a portal with data; it reaches a window only by sync"},
	"localportal":           {[]string{"portal", "records", "sqldb/sqlite"}, "a portal on this computer is a portal like any; it reaches a window only by sync"},
	"autostart":             {nil, "it speaks to the system and knows no more"},
	"cmd/portald":           {[]string{"demo", "portal", "portalapi", "records", "sqldb", "sqldb/postgres", "sqldb/sqlite"}, "portald links no window: no WebKit, no Wails, no beeep"},
}

// outside is who alone may import what is heavy or does I/O.
var outside = map[string][]string{
	"github.com/wailsapp/wails":    {"desktop"},
	"github.com/gen2brain/beeep":   {"alert/toast"},
	"github.com/esiqveland/notify": {"alert/toast"},
	"fyne.io/systray":              {"alert/tray"},
	"github.com/mattn/go-sqlite3":  {"sqldb/sqlite"},
	"github.com/jackc/pgx":         {"sqldb/postgres", "sqldb/postgres/pgtest"},
	"database/sql":                 {"sqldb", "sqldb/postgres", "sqldb/sqlite"},
	"github.com/danielgtaylor":     {"portal"},
	"github.com/prometheus":        {"cmd/portald"},
	"github.com/go-text":           {"paper", "paper/systemfonts"},
	"github.com/caddyserver":       {"cmd/portald"},
}

func TestArrows(t *testing.T) {
	seen := map[string]bool{}
	eachImport(t, func(pkg, imported string) {
		seen[pkg] = true
		rule, known := house[pkg]
		if !known {
			t.Errorf("package %s is not on the map: add it to doc.go and to this test", pkg)
			return
		}
		if part, ours := strings.CutPrefix(imported, "matterline/app/"); ours && !slices.Contains(rule.may, part) {
			t.Errorf("%s imports %s: %s", pkg, part, rule.why)
		}
		if pkg == "chat" && strings.Contains(strings.Split(imported, "/")[0], ".") {
			t.Errorf("chat imports %s: %s", imported, rule.why)
		}
		if pkg == "search" && slices.Contains([]string{"os", "io", "net", "context", "database"}, strings.Split(imported, "/")[0]) {
			t.Errorf("search imports %s: %s", imported, rule.why)
		}
		for prefix, who := range outside {
			if strings.HasPrefix(imported, prefix) && !slices.Contains(who, pkg) {
				t.Errorf("%s imports %s: only %s may", pkg, imported, strings.Join(who, " and "))
			}
		}
	})
	for pkg := range house {
		if !seen[pkg] {
			t.Errorf("package %s is on the map and not in the house", pkg)
		}
	}
}

// eachImport calls found for every import of every package below app, tests aside.
func eachImport(t *testing.T, found func(pkg, imported string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") || file == "doc.go" {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			found(path.Dir(filepath.ToSlash(file)), strings.Trim(spec.Path.Value, `"`))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every package says what it is for.
func TestPackageComments(t *testing.T) {
	commented := map[string]bool{}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			return err
		}
		dir := filepath.Dir(file)
		commented[dir] = commented[dir] || parsed.Doc != nil
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, has := range commented {
		if !has {
			t.Errorf("package %s has no comment", dir)
		}
	}
}
