package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"matterline/app/chat"
	"matterline/app/records"
)

type verifyAuditCommand struct {
	databaseFlag
	Contains string `env:"-" placeholder:"HASH" help:"A hash that this command printed before. The trail must still contain its entry."`
}

func (verifyAuditCommand) Help() string {
	return "Each entry carries a hash of itself and of the entry before. Keep the printed hash somewhere that the portal's administrators can't change, and pass it to --contains later. With --audit-retention, do so more often than entries are removed."
}

func (c verifyAuditCommand) Run(ctx context.Context) error {
	if hash, err := hex.DecodeString(c.Contains); err != nil || c.Contains != "" && len(hash) != sha256.Size {
		return errors.New("--contains: this is not a whole hash; it has 64 digits and letters from a to f")
	}
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	chain, err := store.VerifyAudit(ctx, strings.ToLower(c.Contains))
	if errors.Is(err, records.ErrAuditUnknown) {
		return fmt.Errorf("none of the entries from number %d on has this hash; the entries up to number %d were removed because of their age. If the hash is of a later one, the trail was changed", chain.Removed+1, chain.Removed)
	}
	if err != nil {
		return err
	}
	fmt.Printf("The audit trail is unchanged: %s", count(int(chain.Entries()), "1 entry", "%d entries"))
	if chain.Removed > 0 {
		fmt.Printf(", from number %d on. Older ones were removed because of their age", chain.Removed+1)
	}
	fmt.Printf(".\nThe newest entry is number %d. Its hash is %s\n", chain.Last, chain.Newest)
	return nil
}

type exportAuditCommand struct{ databaseFlag }

func (exportAuditCommand) Help() string {
	return "An entry's hash is SHA-256 of its line before ,\"hash\". The next entry repeats it as previous."
}

func (c exportAuditCommand) Run(ctx context.Context) error {
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.AuditExport(ctx); err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	err = store.AuditTrail(ctx, func(e chat.AuditEntry) error {
		_, err := fmt.Fprintln(out, records.EncodeAudit(e))
		return err
	})
	return errors.Join(err, out.Flush())
}
