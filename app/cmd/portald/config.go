package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// config is everything that can be configured.
type config struct {
	database, address, metrics, log, trustedProxies, data string
	tlsCertificate, tlsKey                                string
	acmeDomain, acmeEmail, acmeDirectory, acmeFolder      string
	drain                                                 time.Duration
	firm, name, email                                     string
	admin, dryRun, replace                                bool
}

func defaults() *config {
	return &config{
		database:      "portal.db",
		address:       "127.0.0.1:8470",
		log:           "text",
		acmeDirectory: "https://acme-v02.api.letsencrypt.org/directory",
		acmeFolder:    "certificates",
		data:          filepath.Join(os.TempDir(), "matterline-demo"),
	}
}

// setting is one line of the table: a flag and, unless it is for one command's single use, a variable of
// the environment. The flag wins.
type setting struct {
	name        string
	into        any // a *string, *bool or *time.Duration that holds the default
	environment bool
	meaning     string
}

func (c *config) table() []setting {
	return []setting{
		{"database", &c.database, true, "the portal's database: sqlite:PATH, a path, or postgres://..."},
		{"address", &c.address, true, "HOST:PORT where the portal listens; port 0 takes a free one"},
		{"metrics", &c.metrics, true, "HOST:PORT where Prometheus finds /metrics; empty for nowhere"},
		{"log", &c.log, true, "how the log is written: text or json"},
		{"drain", &c.drain, true, "how long /readyz says 503 before a portal that is to end stops listening"},
		{"trusted-proxies", &c.trustedProxies, true, "addresses or networks of proxies whose X-Forwarded-For and -Proto are believed, separated by commas"},
		{"tls-certificate", &c.tlsCertificate, true, "the file of the certificate and its chain; read again when it changes"},
		{"tls-key", &c.tlsKey, true, "the file of its key"},
		{"acme-domain", &c.acmeDomain, true, "the name to get a certificate for by ACME, in place of the files; it must reach --address by port 443"},
		{"acme-email", &c.acmeEmail, true, "whom the certificate authority writes to"},
		{"acme-directory", &c.acmeDirectory, true, "the certificate authority"},
		{"acme-folder", &c.acmeFolder, true, "the folder that keeps what it issues"},
		{"data", &c.data, true, "the demo firm's folder"},
		{"firm", &c.firm, false, "the firm's name"},
		{"name", &c.name, false, "the user's name"},
		{"email", &c.email, false, "the user's e-mail, with which they sign in"},
		{"admin", &c.admin, false, "the user is an admin, who sees every matter and manages the users"},
		{"dry-run", &c.dryRun, false, "list the problems and what would be done, and do nothing"},
		{"replace", &c.replace, false, "put the copy in the place of a database that is not empty, which is kept beside it"},
	}
}

func (s setting) variable() string {
	return "MATTERLINE_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

func (s setting) define(flags *flag.FlagSet) {
	switch into := s.into.(type) {
	case *string:
		flags.StringVar(into, s.name, *into, s.meaning)
	case *bool:
		flags.BoolVar(into, s.name, *into, s.meaning)
	case *time.Duration:
		flags.DurationVar(into, s.name, *into, s.meaning)
	}
}

// read reads the environment, and then what stands behind a command: its flags, and its argument before,
// between or behind them.
func (c *config) read(name string, cmd command, args []string) (argument string, err error) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	for _, s := range c.table() {
		if !slices.Contains(strings.Fields(cmd.flags), s.name) {
			continue
		}
		s.define(flags)
		if value, is := os.LookupEnv(s.variable()); is && s.environment {
			if err := flags.Set(s.name, value); err != nil {
				return "", usageError{fmt.Errorf("%s=%q: %w", s.variable(), value, err)}
			}
		}
	}
	var given []string
	for {
		err := flags.Parse(args)
		switch {
		case errors.Is(err, flag.ErrHelp):
			return "", err
		case err != nil:
			text := strings.Replace(err.Error(), "flag provided but not defined: -", "it has no flag --", 1)
			return "", usageError{fmt.Errorf("%s: %s", name, text)}
		}
		if flags.NArg() == 0 {
			break
		}
		given, args = append(given, flags.Arg(0)), flags.Args()[1:]
	}
	switch {
	case cmd.argument == "" && len(given) > 0:
		return "", usageError{fmt.Errorf("%s: what is %q for?", name, given[0])}
	case cmd.argument != "" && len(given) != 1:
		return "", usageError{fmt.Errorf("%s: it takes one %s", name, cmd.argument)}
	case cmd.argument != "":
		argument = given[0]
	}
	return argument, nil
}

// print prints the table.
func (c *config) print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "Flag\tVariable\tDefault\tMeaning\n")
	for _, s := range c.table() {
		variable, value := "-", "-"
		if s.environment {
			variable = s.variable()
		}
		if text, is := s.into.(*string); is && *text != "" {
			value = *text
		} else if d, is := s.into.(*time.Duration); is {
			value = d.String()
		}
		fmt.Fprintf(table, "--%s\t%s\t%s\t%s\n", s.name, variable, value, s.meaning)
	}
	return table.Flush()
}
