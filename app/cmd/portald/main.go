package main

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
)

// command is one thing that portald does.
type command struct {
	run func(ctx context.Context, c *config, argument string) error
	// argument is what it must be given beside its flags, if anything.
	argument string
	// flags are those that it takes, of the table in config.go.
	flags string
}

var commands = map[string]command{
	"init":     {found, "", "database firm name email"},
	"serve":    {serve, "", "database address metrics log drain trusted-proxies tls-certificate tls-key acme-domain acme-email acme-directory acme-folder"},
	"user add": {addUser, "", "database name email admin"},
	"import":   {importMatters, "FILE", "database dry-run"},
	"backup":   {backUp, "FILE", "database"},
	"restore":  {restore, "FILE", "database replace"},
	"epoch":    {beginEpoch, "", "database"},
	"demo":     {serveDemo, "", "address data log"},
	"openapi":  {printContract, "", ""},
	"version":  {printVersion, "", ""},
}

// usageError is a command line that portald does not understand.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	err := run(ctx, os.Args[1:])
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "portald:", err)
	if errors.As(err, new(usageError)) {
		fmt.Fprintln(os.Stderr, `"portald help" lists what there is.`)
		os.Exit(2)
	}
	os.Exit(1)
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return usageError{errors.New("say what to do, such as portald serve")}
	}
	for words := 2; words > 0; words-- {
		if len(args) < words {
			continue
		}
		name := strings.Join(args[:words], " ")
		if cmd, is := commands[name]; is {
			c := defaults()
			argument, err := c.read(name, cmd, args[words:])
			if errors.Is(err, flag.ErrHelp) {
				return help("")
			}
			if err != nil {
				return err
			}
			return cmd.run(ctx, c, argument)
		}
	}
	switch args[0] {
	case "help", "--help", "-help", "-h":
		return help(strings.Join(args[1:], " "))
	}
	return usageError{fmt.Errorf("there is no command %q", args[0])}
}

//go:embed doc.go
var manual string

// help prints the package's comment, which is the manual: the first part with the table of what can be
// configured, or the part on importing.
func help(about string) error {
	comment, _, _ := strings.Cut(manual, "package main")
	lines := strings.Split(strings.TrimSuffix(comment, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimPrefix(line, "//"), " ")
	}
	general, importing, _ := strings.Cut(strings.Join(lines, "\n"), "\n# ")
	switch about {
	case "":
		fmt.Println(general)
		return defaults().print(os.Stdout)
	case "import":
		fmt.Print(importing)
		return nil
	}
	return usageError{fmt.Errorf("there is no help on %q", about)}
}

// version is set by who builds a release: build/version says it.
var version string

func printVersion(context.Context, *config, string) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this build does not know its version")
	}
	fmt.Print("portald ", cmp.Or(version, info.Main.Version), " ", info.GoVersion)
	for _, s := range info.Settings {
		switch s.Key {
		case "GOOS", "GOARCH", "vcs.revision", "vcs.time":
			fmt.Print(" ", s.Value)
		}
	}
	fmt.Println()
	return nil
}
