package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"

	"matterline/app/records"
)

type importCommand struct {
	databaseFlag
	DryRun bool   `env:"-" help:"List the problems and what would change, but change nothing."`
	File   string `arg:"" placeholder:"FILE" help:"The CSV file."`
}

//go:embed import.txt
var importHelp string

func (importCommand) Help() string { return importHelp }

func (c importCommand) Run(ctx context.Context) error {
	file, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	done, problems, err := store.Import(ctx, readMatters(file), c.DryRun)
	if err != nil {
		if done != (records.ImportResult{}) && !c.DryRun {
			err = fmt.Errorf("%w\n%s; import the file again to do the rest", err, imported(done))
		}
		return err
	}
	for _, p := range problems {
		fmt.Printf("%s:%d: %s\n", c.File, p.Line, p.Text)
	}
	if len(problems) > 0 {
		return fmt.Errorf("nothing was imported; fix %s first", count(len(problems), "this problem", "these %d problems"))
	}
	fmt.Println(imported(done))
	if c.DryRun {
		fmt.Println("This was a dry run. Nothing was changed.")
	}
	return nil
}

// imported says what an import did.
func imported(done records.ImportResult) string {
	return fmt.Sprintf("%s, %d changed, %d unchanged; %s, %d changed, %d unchanged",
		count(done.Matters.Added, "1 matter opened", "%d matters opened"), done.Matters.Changed, done.Matters.Unchanged,
		count(done.Participants.Added, "1 participant added", "%d participants added"), done.Participants.Changed, done.Participants.Unchanged)
}

// count returns one if n is 1, and otherwise many, which contains %d.
func count(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}
