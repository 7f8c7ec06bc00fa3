// Command portald runs a firm's portal: the store of record, its API and the client pages. "portald help" lists the
// commands, and the flags and environment variables.
//
// The database is a SQLite file or PostgreSQL. SIGTERM shuts a portal down gracefully, a second one at once.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/alecthomas/kong"
)

// commands are portald's commands. An environment variable sets each flag that isn't marked env:"-", such as
// MATTERLINE_DATABASE for --database. The flag takes precedence.
type commands struct {
	Serve serveCommand `cmd:"" help:"Run the firm's portal."`
	Init  initCommand  `cmd:"" help:"Set up a firm and its first admin."`
	User  struct {
		Add        addUserCommand        `cmd:"" help:"Add a user to the firm."`
		List       listUsersCommand      `cmd:"" help:"List the firm's users."`
		Deactivate deactivateUserCommand `cmd:"" help:"Sign a user out everywhere and refuse new sign-ins."`
		Activate   activateUserCommand   `cmd:"" help:"Let a deactivated user sign in again."`
		Admin      adminCommand          `cmd:"" help:"Make a user an admin, or, with --remove, an ordinary user."`
		Password   passwordCommand       `cmd:"" help:"Give a user or a participant a new password, and sign them out everywhere."`
		Reset      resetCommand          `cmd:"" help:"Make a link with which a user or a participant chooses a new password."`
		TwoStepOff twoStepOffCommand     `cmd:"" name:"two-step-off" help:"Turn off the two-step verification of a user who has lost their phone."`
		Email      emailCommand          `cmd:"" help:"Change the email of a user or a participant."`
		Unlink     unlinkCommand         `cmd:"" help:"Let a user sign in with another of the firm's own accounts."`
	} `cmd:"" help:"Manage users."`
	Audit struct {
		Verify verifyAuditCommand `cmd:"" help:"Check that the audit trail is unchanged."`
		Export exportAuditCommand `cmd:"" help:"Print the audit trail, oldest entry first, as JSON Lines."`
	} `cmd:"" help:"Check or export the audit trail."`
	Import  importCommand  `cmd:"" help:"Open and update matters from a CSV file."`
	Backup  backupCommand  `cmd:"" help:"Copy the SQLite database, even while the portal runs."`
	Restore restoreCommand `cmd:"" help:"Replace the SQLite database with a copy."`
	Epoch   epochCommand   `cmd:"" help:"Make all devices load everything again. Run it after pg_restore, before you start the portals. A portal that is running must be restarted."`
	Health  healthCommand  `cmd:"" help:"Ask the portal that runs on this computer whether it is ready."`
	Demo    demoCommand    `cmd:"" help:"Run the portal of a demo firm."`
	OpenAPI openAPICommand `cmd:"" name:"openapi" help:"Print the API as an OpenAPI document."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// AfterApply refuses an empty value for a flag with a default. An empty variable would otherwise replace the default,
// and an empty --address means every network of the computer.
func (commands) AfterApply(command *kong.Context) error {
	for _, flag := range command.Flags() {
		if value := flag.Target; flag.HasDefault && value.Kind() == reflect.String && value.Len() == 0 {
			return fmt.Errorf("--%s must not be empty; without it, the value is %s", flag.Name, flag.Default)
		}
	}
	return nil
}

const description = `Runs a law firm's portal. The database is a SQLite file or PostgreSQL. SIGTERM shuts the portal down gracefully, a second one at once.`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "help" {
		args = append(args[1:], "--help")
	}
	parser := kong.Must(&commands{}, kong.Name("portald"), kong.Description(description), kong.Help(help),
		kong.DefaultEnvars("MATTERLINE"), kong.Vars{"data": filepath.Join(os.TempDir(), "matterline-demo")},
		kong.BindTo(ctx, (*context.Context)(nil)))
	command, err := parser.Parse(args)
	if err == nil {
		err = command.Run()
	}
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "portald:", redact(err.Error()))
	if parse, ok := errors.AsType[*kong.ParseError](err); ok {
		listSubcommands(parse.Context.Selected())
		fmt.Fprintln(os.Stderr, `Run "portald help" to list the commands and flags.`)
		os.Exit(2)
	}
	os.Exit(1)
}

// listSubcommands lists the subcommands of an incomplete command such as portald user.
func listSubcommands(node *kong.Node) {
	if node == nil || node.Leaf() {
		return
	}
	table := tabwriter.NewWriter(os.Stderr, 0, 0, 2, ' ', 0)
	for _, command := range node.Leaves(true) {
		fmt.Fprintf(table, "  portald %s\t%s\n", command.Summary(), command.Help)
	}
	_ = table.Flush()
}

// help prints a command's help, or the list of commands and the table of all flags.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	if ctx.Selected() != nil {
		return kong.DefaultHelpPrinter(options, ctx)
	}
	table := tabwriter.NewWriter(ctx.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s\n\nCommands:\n", ctx.Model.Help)
	var flags []*kong.Flag
	for _, command := range ctx.Model.Leaves(true) {
		fmt.Fprintf(table, "  portald %s\t%s\n", command.Summary(), command.Help)
		for _, flag := range command.Flags {
			if !slices.ContainsFunc(flags, func(f *kong.Flag) bool { return f.Name == flag.Name }) {
				flags = append(flags, flag)
			}
		}
	}
	fmt.Fprint(table, "\nFlag\tVariable\tDefault\tMeaning\n")
	for _, flag := range flags {
		fmt.Fprintf(table, "--%s\t%s\t%s\t%s\n", flag.Name, cmp.Or(strings.Join(flag.Envs, " "), "-"), cmp.Or(flag.Default, "-"), flag.Help)
	}
	fmt.Fprint(table, "\nRun \"portald help COMMAND\" for more about a command.\n")
	return table.Flush()
}

// version is set by release builds.
var version string

type versionCommand struct{}

func (versionCommand) Run() error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this build has no version")
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
