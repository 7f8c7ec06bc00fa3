package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/records"
	"matterline/app/sso"
)

// providerFlags let users sign in with the firm's own accounts.
type providerFlags struct {
	SSOIssuer       string   `name:"sso-issuer" placeholder:"URL" help:"The firm's identity provider (OpenID Connect). Users can then sign in with the firm's own accounts. By default there is none."`
	SSOClientID     string   `name:"sso-client-id" placeholder:"ID" help:"What the provider calls Matterline. Register it as a native app that returns to http://127.0.0.1/signed-in at any port, with PKCE."`
	SSOClientSecret string   `name:"sso-client-secret" placeholder:"SECRET" help:"The provider's secret for Matterline, if it wants one. Set the variable instead of the flag."`
	SSOClaim        string   `name:"sso-claim" default:"email" placeholder:"NAME" help:"The claim with the email that the user has in Matterline. The provider must have verified the claim email."`
	SSOGroupsClaim  string   `name:"sso-groups-claim" default:"groups" placeholder:"NAME" help:"The claim with the user's groups."`
	SSOAdminGroup   string   `name:"sso-admin-group" placeholder:"NAME" help:"The group whose members are admins, as each sign-in says. By default Matterline's admins decide."`
	SSOScopes       []string `name:"sso-scopes" placeholder:"NAMES" help:"Further scopes to ask the provider for, with commas in between, such as one that it needs to send groups."`
	SSOOnly         bool     `name:"sso-only" help:"Refuse passwords of users. Clients keep theirs."`
}

// provider returns the portal's options for the provider, and tells the store whether users have passwords.
func (f providerFlags) provider(store *records.Store) ([]portal.Option, error) {
	if f.SSOIssuer == "" {
		if f.SSOOnly || f.SSOClientID != "" || f.SSOClientSecret != "" || f.SSOAdminGroup != "" {
			return nil, errors.New("the other --sso flags need --sso-issuer")
		}
		return nil, nil
	}
	provider, err := sso.New(sso.Options{
		Issuer: f.SSOIssuer, ClientID: f.SSOClientID, ClientSecret: f.SSOClientSecret,
		Claim: f.SSOClaim, GroupsClaim: f.SSOGroupsClaim, AdminGroup: f.SSOAdminGroup, Scopes: f.SSOScopes, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	store.UseProvider(f.SSOIssuer, !f.SSOOnly)
	return []portal.Option{portal.WithProvider(provider)}, nil
}

type unlinkCommand struct{ emailArgument }

func (unlinkCommand) Help() string {
	return "For a user whose account at the firm's identity provider was made anew: the next one there with their email becomes theirs. Their sessions go on."
}

func (c unlinkCommand) Run(ctx context.Context) error {
	return c.withUser(ctx, func(store *records.Store, user chat.UserAccount) error {
		if !user.Linked {
			fmt.Printf("%s isn't linked to an account at the identity provider.\n", user.Name)
			return nil
		}
		if err := store.UnlinkProvider(ctx, records.Program, user.ID); err != nil {
			return err
		}
		fmt.Printf("%s is no longer linked to an account at the identity provider.\n", user.Name)
		return nil
	})
}
