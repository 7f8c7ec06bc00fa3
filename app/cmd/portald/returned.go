package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"matterline/app/chat"
	"matterline/app/records"
	"matterline/app/sqldb/sqlite"
)

// checkUsers is what to do after a restore if the database that was replaced can't be read.
const checkUsers = "Users who were deactivated since the backup are active again, and former admins are admins. Check them with portald user list."

// describeReturned lists the users who are active again, or admins again, after a restore. aside is the path of the
// database that was replaced, or empty if there was none.
func describeReturned(ctx context.Context, aside, restored string) string {
	before, err := staff(ctx, aside)
	now, nowErr := staff(ctx, restored)
	if aside == "" || err != nil || nowErr != nil || len(before) == 0 {
		return checkUsers
	}
	var text strings.Builder
	list := func(is func(chat.UserAccount) bool, one, many, command string) {
		var emails []string
		for _, user := range now {
			i := slices.IndexFunc(before, func(b chat.UserAccount) bool { return b.ID == user.ID })
			if is(user) && i >= 0 && !is(before[i]) {
				emails = append(emails, user.Email)
			}
		}
		if len(emails) > 0 {
			fmt.Fprintf(&text, "%s Unless that is right, run:\n", count(len(emails), one, many))
		}
		for _, email := range emails {
			fmt.Fprintf(&text, "  portald user %s\n", strings.ReplaceAll(command, "EMAIL", email))
		}
	}
	list(func(u chat.UserAccount) bool { return u.Active }, "1 user was deactivated in the old database, and is active again.",
		"%d users were deactivated in the old database, and are active again.", "deactivate EMAIL")
	list(func(u chat.UserAccount) bool { return u.Admin }, "1 user was no longer an admin in the old database, and is one again.",
		"%d users were no longer admins in the old database, and are admins again.", "admin EMAIL --remove")
	if text.Len() == 0 {
		return "No user who was deactivated in the old database is active again."
	}
	return strings.TrimSuffix(text.String(), "\n")
}

func staff(ctx context.Context, path string) ([]chat.UserAccount, error) {
	if path == "" {
		return nil, nil
	}
	db, err := sqlite.OpenReadOnly(path)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return records.Staff(ctx, db)
}
