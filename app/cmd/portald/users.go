package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"matterline/app/records"
)

// found makes the firm, and its database if need be.
func found(ctx context.Context, c *config, _ string) error {
	if err := c.require("firm", c.firm, "name", c.name, "email", c.email); err != nil {
		return err
	}
	if path, err := sqlitePath(c.database); err == nil {
		// SQLite gives the files beside it the same mode: they are for the portal's own user alone.
		made, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
		if err == nil {
			err = made.Close()
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	store, err := openAny(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()
	password := newPassword()
	if err := store.Found(ctx, c.firm, records.Account{Email: c.email, Name: c.name, Password: password}); err != nil {
		return fmt.Errorf("%s: %w", named(c.database), err)
	}
	fmt.Printf("The portal of %s is made. Its admin signs in with the desktop app:\n", c.firm)
	printSignIn(c.email, password)
	return nil
}

func addUser(ctx context.Context, c *config, _ string) error {
	if err := c.require("name", c.name, "email", c.email); err != nil {
		return err
	}
	store, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	defer store.Close()
	password := newPassword()
	_, err = store.AddUser(ctx, records.Program, records.Account{Email: c.email, Name: c.name, Password: password, Admin: c.admin})
	if err != nil {
		return err
	}
	fmt.Printf("%s can sign in with the desktop app:\n", c.name)
	printSignIn(c.email, password)
	return nil
}

// require takes the names of flags, each followed by its value.
func (c *config) require(flags ...string) error {
	for i := 0; i < len(flags); i += 2 {
		if flags[i+1] == "" {
			return usageError{fmt.Errorf("--%s is missing", flags[i])}
		}
	}
	return nil
}

// newPassword makes one that is read out and typed once: a hundred bits, in groups.
func newPassword() string {
	text := strings.ToLower(rand.Text())
	return strings.Join([]string{text[:5], text[5:10], text[10:15], text[15:20]}, "-")
}

func printSignIn(email, password string) {
	fmt.Printf("  e-mail    %s\n  password  %s\nThis password is shown once; it can be changed in the app.\n", email, password)
}
