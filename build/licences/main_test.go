package main

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestFindsTheLicenceOfEveryGoModule(t *testing.T) {
	texts, err := goModules()
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(texts, "")
	for _, want := range []string{"Go go1", "github.com/jackc/pgx/v5 v5", "github.com/mattn/go-sqlite3", "The Go Authors"} {
		if !strings.Contains(all, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestMissingLicenceIsAnError(t *testing.T) {
	const inter = `{"name":"@fontsource-variable/inter","version":"5","identifier":"OFL-1.1","text":"SIL"}`
	for name, c := range map[string]struct{ list, font, want string }{
		"complete":                {`[` + inter + `]`, "inter-latin.woff2", ""},
		"package without licence": {`[` + inter + `,{"name":"svelte","version":"5","identifier":"MIT"}]`, "inter-latin.woff2", "svelte has no licence"},
		"font of no package":      {`[` + inter + `]`, "comic-latin.woff2", "the font assets/comic-latin.woff2 has no licence"},
		"font without packages":   {`[]`, "inter-latin.woff2", "the font assets/inter-latin.woff2 has no licence"},
	} {
		_, err := npmPackages(fstest.MapFS{"licences.json": {Data: []byte(c.list)}, "assets/" + c.font: {}})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := npmPackages(fstest.MapFS{}); err == nil {
		t.Error("pages that aren't built have licences")
	}
}
