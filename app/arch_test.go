package app_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rules lists which packages of the app each package may import, and why no others.
var rules = map[string]struct {
	may []string
	why string
}{
	"chat":                  {nil, "the domain types and rules need only the standard library and Unicode's normal forms"},
	"alert":                 {[]string{"chat"}, "alert is pure: it does no I/O"},
	"search":                {nil, "search is pure: it only reads text"},
	"alert/notification":    {[]string{"alert", "bus"}, "it only shows alerts"},
	"alert/tray":            {[]string{"alert", "bus"}, "it only shows alerts"},
	"bus":                   {nil, "it only connects to D-Bus"},
	"instance":              {[]string{"computer"}, "it only passes on what the program was started for"},
	"screenlock":            {[]string{"bus"}, "it only listens to the system"},
	"alert/badge":           {[]string{"bus"}, "it only shows a number"},
	"alert/bustest":         {nil, "it only runs a session bus for tests"},
	"sqldb":                 {nil, "it knows database engines, not Matterline"},
	"sqldb/sqlite":          {[]string{"sqldb"}, "it knows database engines, not Matterline"},
	"sqldb/postgres":        {[]string{"sqldb"}, "it knows database engines, not Matterline"},
	"sqldb/postgres/pgtest": {nil, "it only starts an engine for tests"},
	"portalapi":             {[]string{"chat"}, "the contract doesn't know who serves it or who calls it"},
	"strength":              {nil, "it only judges passwords"},
	"password":              {nil, "it only hashes passwords"},
	"password/passwordtest": {[]string{"password"}, "it only makes hashing quick for tests"},
	"passkey":               {nil, "it speaks WebAuthn with browsers, and keeps nothing"},
	"records":               {[]string{"chat", "passkey", "password", "sqldb"}, "the store of record is the authority: it knows neither its copies nor HTTP"},
	"sso":                   {[]string{"chat"}, "it asks the firm's identity provider who someone is, and knows nothing of the portal's users"},
	"sso/ssotest":           {nil, "it only runs an identity provider for tests"},
	"portal":                {[]string{"chat", "passkey", "portalapi", "records", "sso"}, "the portal serves the records and knows nothing of the desktop app"},
	"replica":               {[]string{"chat", "search", "sqldb", "sqldb/sqlite"}, "a replica is a partial copy: it knows neither the records nor the network"},
	"replica/replicatest":   {[]string{"chat", "replica", "sqldb", "sqldb/sqlite"}, "it only reads a replica's files for tests"},
	"syncer":                {[]string{"chat", "portalapi"}, "the syncer knows neither the database nor the window"},
	"export":                {nil, "it gets everything it writes: it knows neither where that was read nor where the file is saved"},
	"export/systemfonts":    {nil, "it only finds fonts on this computer"},
	"computer":              {[]string{"alert", "chat"}, "what this computer keeps depends on no session and no window"},
	"session":               {[]string{"alert", "chat", "portalapi", "replica", "syncer"}, "a session knows no other session and no window, so that several can be open"},
	"desktop":               {[]string{"alert", "chat", "computer", "export", "export/systemfonts", "portalapi", "replica", "session", "syncer"}, "what the front end calls is tested without Wails. It talks to a portal as any other client does, even to one in the same process"},
	"window":                {[]string{"alert", "alert/badge", "alert/tray", "computer", "desktop", "instance", "screenlock"}, "nothing may import it, so that nothing else compiles WebKit"},
	"demo":                  {[]string{"chat", "localportal", "portalapi", "records", "sqldb/sqlite"}, "the demo is a portal with data: it reaches the desktop app only by sync"},
	"localportal":           {[]string{"portal", "records", "sqldb/sqlite"}, "a portal on this computer is like any other: it reaches the desktop app only by sync"},
	"autostart":             {nil, "it only talks to the system"},
	"cmd/portald":           {[]string{"chat", "demo", "portal", "portalapi", "records", "sqldb", "sqldb/postgres", "sqldb/sqlite", "sso", "strength"}, "portald links nothing of the desktop app: no WebKit, no Wails, no beeep"},
}

// testOnly lists the packages that only tests use.
var testOnly = map[string]bool{"alert/bustest": true, "password/passwordtest": true, "replica/replicatest": true, "sso/ssotest": true, "sqldb/postgres/pgtest": true}

// importers lists the only packages that may import a module that is large or does I/O.
var importers = map[string][]string{
	"github.com/wailsapp/wails":     {"window"},
	"github.com/gen2brain/beeep":    {"alert/notification"},
	"git.sr.ht/~jackmordaunt":       {"alert/notification"},
	"github.com/zalando/go-keyring": {"computer"},
	"github.com/pkg/browser":        {"window"},
	"fyne.io/systray":               {"alert/tray"},
	"github.com/mattn/go-sqlite3":   {"sqldb/sqlite"},
	"github.com/jackc/pgx":          {"sqldb/postgres", "sqldb/postgres/pgtest"},
	"database/sql":                  {"sqldb", "sqldb/postgres", "sqldb/sqlite"},
	"github.com/danielgtaylor":      {"portal"},
	"github.com/prometheus":         {"cmd/portald"},
	"github.com/go-text":            {"export", "export/systemfonts"},
	"github.com/caddyserver":        {"cmd/portald"},
	"github.com/coreos/go-oidc":     {"sso"},
	"golang.org/x/oauth2":           {"desktop", "sso"},
	"golang.org/x/crypto/argon2":    {"password"},
	"github.com/pquerna/otp":        {"records"},
	"github.com/go-webauthn":        {"passkey"},
	"github.com/boombuler/barcode":  {"desktop"},
	"github.com/trustelem":          {"strength"},
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	eachImport(t, func(pkg, imported string) {
		seen[pkg] = true
		rule, known := rules[pkg]
		if !known {
			t.Errorf("package %s has no rule: add it to ARCHITECTURE.md and to this test", pkg)
			return
		}
		if part, ours := strings.CutPrefix(imported, "matterline/app/"); ours && !slices.Contains(rule.may, part) {
			t.Errorf("%s imports %s: %s", pkg, part, rule.why)
		}
		if pkg == "chat" && strings.Contains(strings.Split(imported, "/")[0], ".") && imported != "golang.org/x/text/unicode/norm" {
			t.Errorf("chat imports %s: %s", imported, rule.why)
		}
		if pkg == "search" && slices.Contains([]string{"os", "io", "net", "context", "database"}, strings.Split(imported, "/")[0]) {
			t.Errorf("search imports %s: %s", imported, rule.why)
		}
		for prefix, who := range importers {
			if strings.HasPrefix(imported, prefix) && !slices.Contains(who, pkg) {
				t.Errorf("%s imports %s: only %s may", pkg, imported, strings.Join(who, " and "))
			}
		}
	})
	architecture, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range rules {
		if !seen[pkg] {
			t.Errorf("there is a rule for package %s, which doesn't exist", pkg)
		}
		if line := regexp.MustCompile(`(?m)^  ` + pkg + ` `); !line.Match(architecture) && !testOnly[pkg] {
			t.Errorf("package %s is missing from the map in ARCHITECTURE.md", pkg)
		}
	}
}

// eachImport calls found for every import of every package below app, except in tests.
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

func TestEveryPackageHasAComment(t *testing.T) {
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

// A newcomer finds everything in a few folders.
func TestTopLevel(t *testing.T) {
	allowed := []string{"app", "build", "frontend", "go.mod", "go.sum", "main.go", "README.md", "wails.json"}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); !strings.HasPrefix(name, ".") && !slices.Contains(allowed, name) {
			t.Errorf("%s doesn't belong at the top level", name)
		}
	}
}
