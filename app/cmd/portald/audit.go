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
	return "Each entry carries a hash of itself and of the entry before. Keep the printed hash somewhere that the portal's administrators can't change, and pass it to --contains later."
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
	entries, newest, err := store.VerifyAudit(ctx, strings.ToLower(c.Contains))
	if err != nil {
		return err
	}
	fmt.Printf("The audit trail is unchanged: %s.\nThe newest entry's hash is %s\n", count(int(entries), "1 entry", "%d entries"), newest)
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
