package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
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
		return err
	}
	for _, p := range problems {
		fmt.Printf("%s:%d: %s\n", c.File, p.Line, p.Text)
	}
	if len(problems) > 0 {
		return fmt.Errorf("nothing was imported; fix %s first", count(len(problems), "this problem", "these %d problems"))
	}
	fmt.Printf("%s, %d changed, %d unchanged; %s, %d changed, %d unchanged\n",
		count(done.Matters.Added, "1 matter opened", "%d matters opened"), done.Matters.Changed, done.Matters.Unchanged,
		count(done.Participants.Added, "1 participant added", "%d participants added"), done.Participants.Changed, done.Participants.Unchanged)
	if c.DryRun {
		fmt.Println("This was a dry run. Nothing was changed.")
	}
	return nil
}

// count returns one if n is 1, and otherwise many, which contains %d.
func count(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}
