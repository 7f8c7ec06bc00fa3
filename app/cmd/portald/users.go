package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/records"
)

type userFlags struct {
	Name  string `required:"" env:"-" help:"The user's name."`
	Email string `required:"" env:"-" help:"The user's email, for signing in."`
}

type initCommand struct {
	databaseFlag
	Firm string `required:"" env:"-" placeholder:"NAME" help:"The firm's name."`
	userFlags
}

func (c initCommand) Run(ctx context.Context) error {
	password := initialPassword()
	admin := records.Account{Email: c.Email, Name: c.Name, Password: password, MustChange: true}
	if err := records.CheckFirm(c.Firm, admin); err != nil {
		return err // before there is a file
	}
	if !c.Database.onPostgres() {
		if err := checkFolder(c.Database.path()); err != nil {
			return err
		}
		// Only the portal's own user may read the file. SQLite gives its other files the same mode.
		file, err := os.OpenFile(c.Database.path(), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
		if err == nil {
			err = errors.Join(file.Close(), giveOwner(c.Database.path(), filepath.Dir(c.Database.path())))
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	store, err := c.create(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.CreateFirm(ctx, c.Firm, admin); err != nil {
		return fmt.Errorf("%s: %w", c.Database, err)
	}
	fmt.Printf("The portal of %s is ready. Its admin can sign in with the desktop app:\n", c.Firm)
	printSignIn(c.Email, password)
	return nil
}

type addUserCommand struct {
	databaseFlag
	userFlags
	Admin bool `env:"-" help:"Make the user an admin, who sees all matters and manages the users."`
}

func (c addUserCommand) Run(ctx context.Context) error {
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	password := initialPassword()
	_, err = store.AddUser(ctx, records.Program, records.Account{Email: c.Email, Name: c.Name, Password: password, Admin: c.Admin, MustChange: true})
	if err != nil {
		return err
	}
	fmt.Printf("%s can sign in with the desktop app:\n", c.Name)
	printSignIn(c.Email, password)
	return nil
}

type listUsersCommand struct{ databaseFlag }

func (c listUsersCommand) Run(ctx context.Context) error {
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	users, err := store.Users(ctx, records.Program)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "EMAIL\tNAME\tADMIN\tACTIVE\tTWO-STEP")
	for _, user := range users {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", user.Email, user.Name, yesNo(user.Admin), yesNo(user.Active), yesNo(user.TwoStep))
	}
	return table.Flush()
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

type emailArgument struct {
	databaseFlag
	Email string `arg:"" help:"The user's email."`
}

type deactivateUserCommand struct{ emailArgument }

func (deactivateUserCommand) Help() string {
	return "The user's devices delete their copies at their next contact with the portal, also those that were signed out before. The user leaves all teams."
}

func (c deactivateUserCommand) Run(ctx context.Context) error { return c.setActive(ctx, false) }

type activateUserCommand struct{ emailArgument }

func (c activateUserCommand) Run(ctx context.Context) error { return c.setActive(ctx, true) }

func (c emailArgument) setActive(ctx context.Context, active bool) error {
	return c.edit(ctx, state(active), func(user *chat.UserAccount) { user.Active = active })
}

type adminCommand struct {
	emailArgument
	Remove bool `env:"-" help:"Make an admin an ordinary user again."`
}

func (adminCommand) Help() string { return "An admin sees all matters and manages the users." }

func (c adminCommand) Run(ctx context.Context) error {
	becomes := "an admin"
	if c.Remove {
		becomes = "an ordinary user"
	}
	return c.edit(ctx, becomes, func(user *chat.UserAccount) { user.Admin = !c.Remove })
}

// edit changes a user. becomes says what they are then.
func (c emailArgument) edit(ctx context.Context, becomes string, change func(*chat.UserAccount)) error {
	return c.withUser(ctx, func(store *records.Store, was chat.UserAccount) error {
		user := was
		change(&user)
		if user == was {
			fmt.Printf("%s is already %s.\n", user.Name, becomes)
			return nil
		}
		if err := store.EditUser(ctx, records.Program, user.ID, user.Admin, user.Active); chat.CodeOf(err) == chat.HasMatters {
			return fmt.Errorf("%w Use the desktop app or portald import. To sign the user out at once, run portald user password %s", err, user.Email)
		} else if err != nil {
			return err
		}
		fmt.Printf("%s is now %s.\n", user.Name, becomes)
		return nil
	})
}

type eraseFlag struct {
	Erase bool `env:"-" help:"Sign a user out everywhere, and make all their devices delete their copies at their next contact with the portal."`
}

// check returns an error if the flag is set for someone who has no copy.
func (f eraseFlag) check(ctx context.Context, store *records.Store, account, email string) error {
	if !f.Erase {
		return nil
	}
	users, err := store.Users(ctx, records.Program)
	if err == nil && !slices.ContainsFunc(users, func(user chat.UserAccount) bool { return user.ID == account }) {
		err = fmt.Errorf("%s is a participant, whose devices have no copy; leave out --erase", email)
	}
	return err
}

func (f eraseFlag) erase(ctx context.Context, store *records.Store, account string) error {
	if !f.Erase {
		return nil
	}
	if err := store.EraseDevices(ctx, records.Program, account); err != nil {
		return err
	}
	fmt.Println("All devices are signed out, and delete their copies at their next contact with the portal.")
	return nil
}

type passwordCommand struct {
	databaseFlag
	eraseFlag
	Email string `arg:"" help:"The email of a user or a participant."`
}

func (passwordCommand) Help() string {
	return "The old password stops working at once, and all devices are signed out. Passkeys and a participant's recovery codes are removed. If a computer was stolen, add --erase, or have that one erased in the desktop app."
}

func (c passwordCommand) Run(ctx context.Context) error {
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	id, err := accountByEmail(ctx, store, c.Email)
	if err != nil {
		return err
	}
	if err := c.check(ctx, store, id, c.Email); err != nil {
		return err
	}
	password := initialPassword()
	if err := store.ResetPassword(ctx, records.Program, id, password); err != nil {
		return err
	}
	if err := c.erase(ctx, store, id); err != nil {
		return err
	}
	fmt.Println("All devices are signed out. Passkeys and a participant's recovery codes are removed. The new password is:")
	printSignIn(c.Email, password)
	return nil
}

func accountByEmail(ctx context.Context, store *records.Store, email string) (id string, err error) {
	id, err = store.AccountByEmail(ctx, email)
	if chat.CodeOf(err) == chat.NotFound {
		err = fmt.Errorf("no user or participant has the email %s; list the users with portald user list", email)
	}
	return id, err
}

type resetCommand struct {
	databaseFlag
	eraseFlag
	PublicURL publicURL `name:"public-url" placeholder:"URL" help:"The address where clients find the portal, for the whole link."`
	Email     string    `arg:"" help:"The email of a user or a participant."`
}

func (resetCommand) Help() string {
	return "The link works once, for three days. Until it is used, the old password still works. Using it signs the person out everywhere, and removes their passkeys and a participant's recovery codes: someone else may have made them. If a computer was stolen, add --erase."
}

func (c resetCommand) Run(ctx context.Context) error {
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	id, err := accountByEmail(ctx, store, c.Email)
	if err != nil {
		return err
	}
	if err := c.check(ctx, store, id, c.Email); err != nil {
		return err
	}
	link, err := store.AddReset(ctx, records.Program, id)
	if err != nil {
		return err
	}
	if err := c.erase(ctx, store, id); err != nil {
		return err
	}
	path := portal.ResetPath(link)
	if !c.PublicURL.known() {
		fmt.Println("Put the portal's address in front of this link. --public-url does it.")
	}
	fmt.Printf("  %s%s\nThis link lets the person choose a new password, once, until %s. It is shown only once. Share it securely.\n"+
		"Using it signs the person out everywhere, and removes their passkeys and, if they are a participant, their recovery codes.\n",
		c.PublicURL, path, time.UnixMilli(link.ExpiresAt).Format("2 January 2006 15:04 MST"))
	return nil
}

type emailCommand struct {
	databaseFlag
	Old string `arg:"" help:"The present email of a user or a participant."`
	New string `arg:"" help:"The new one."`
}

func (emailCommand) Help() string {
	return "The person signs in with the new email from now on. Their devices stay signed in, and a user sees in the settings that the email was changed."
}

func (c emailCommand) Run(ctx context.Context) error {
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	id, err := accountByEmail(ctx, store, c.Old)
	if err != nil {
		return err
	}
	if err := store.SetEmail(ctx, records.Program, id, c.New); err != nil {
		return err
	}
	fmt.Printf("%s now signs in with %s.\n", c.Old, chat.FoldName(c.New))
	return nil
}

type twoStepOffCommand struct{ emailArgument }

func (twoStepOffCommand) Help() string {
	return "The user signs in with the password alone then. If the firm requires two-step verification, they set it up again at their next sign-in."
}

func (c twoStepOffCommand) Run(ctx context.Context) error {
	return c.withUser(ctx, func(store *records.Store, user chat.UserAccount) error {
		if !user.TwoStep {
			fmt.Printf("%s doesn't use two-step verification.\n", user.Name)
			return nil
		}
		if err := store.RemoveTwoStep(ctx, records.Program, user.ID); err != nil {
			return err
		}
		fmt.Printf("The two-step verification of %s is off.\n", user.Name)
		return nil
	})
}

// withUser does something with the user who has the email.
func (c emailArgument) withUser(ctx context.Context, do func(*records.Store, chat.UserAccount) error) error {
	store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	users, err := store.Users(ctx, records.Program)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(users, func(user chat.UserAccount) bool { return chat.FoldName(user.Email) == chat.FoldName(c.Email) })
	if i < 0 {
		return fmt.Errorf("no user has the email %s; list the users with portald user list", c.Email)
	}
	return do(store, users[i])
}

func state(active bool) string {
	if active {
		return "active"
	}
	return "deactivated and signed out everywhere"
}

// initialPassword makes a random password of 100 bits, in groups that are easy to type.
func initialPassword() string {
	text := strings.ToLower(rand.Text())
	return strings.Join([]string{text[:5], text[5:10], text[10:15], text[15:20]}, "-")
}

func printSignIn(email, password string) {
	fmt.Printf("  email     %s\n  password  %s\nThis password is shown only once, and has to be changed after signing in. Write it down or share it securely.\n", email, password)
}
