package sso

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"matterline/app/chat"
)

// Identity is whom the provider vouches for.
type Identity struct {
	// Issuer and Subject never change and are never given to anyone else.
	Issuer, Subject string
	// Email is the one with which the user is known to the portal. If it is empty, NoEmail says why.
	Email   string
	NoEmail error
	// Admin is nil if the provider doesn't decide that.
	Admin *bool
	// Fresh says that the user has just proved to the provider who they are.
	Fresh bool
}

const (
	// longestSubject is what the standard allows.
	longestSubject = 255
	// longestEmail is longer than any.
	longestEmail = 320
)

// claims are what the provider says about a user.
type claims map[string]json.RawMessage

// text reads a claim that is a text, or returns an empty one.
func (c claims) text(name string) (s string) {
	_ = json.Unmarshal(c[name], &s)
	return s
}

// texts reads a claim that is a list of texts, or a single one.
func (c claims) texts(name string) (list []string) {
	if json.Unmarshal(c[name], &list) != nil {
		return []string{c.text(name)}
	}
	return list
}

// elsewhere reports whether the provider says only where else a claim can be read, such as when a user has very many
// groups.
func (c claims) elsewhere(name string) bool {
	var places map[string]json.RawMessage
	_ = json.Unmarshal(c["_claim_names"], &places)
	return places[name] != nil
}

// incomplete reports whether a claim that the portal needs is missing.
func (p *Provider) incomplete(c claims) bool {
	return c[p.options.Claim] == nil || p.options.Claim == "email" && c["email_verified"] == nil || p.options.AdminGroup != "" && c[p.options.GroupsClaim] == nil
}

// addUserInfo adds the claims that the provider keeps out of the ID token.
func addUserInfo(ctx context.Context, provider *described, token *oauth2.Token, c claims) error {
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return err
	}
	if info.Subject != c.text("sub") {
		return errors.New("the provider's answers are about two users")
	}
	more := claims{}
	if err := info.Claims(&more); err != nil {
		return fmt.Errorf("read user info: %w", err)
	}
	for name, value := range more {
		if _, known := c[name]; !known {
			c[name] = value
		}
	}
	return nil
}

// identity reads who the user is.
func (p *Provider) identity(token *oidc.IDToken, c claims, asked bool) (id Identity, err error) {
	id = Identity{Issuer: p.options.Issuer, Subject: token.Subject, Fresh: fresh(token, c, asked)}
	if id.Subject == "" || len(id.Subject) > longestSubject {
		return id, because(errSetUp, "the ID token has no usable subject")
	}
	id.Email = c.text(p.options.Claim)
	if verified := string(c["email_verified"]); p.options.Claim == "email" && id.Email != "" && verified != "true" && verified != `"true"` {
		id.Email, id.NoEmail = "", errUnverified
	} else if id.Email == "" || len(id.Email) > longestEmail {
		id.Email = ""
		id.NoEmail = chat.Errorf(chat.NotAllowed, "", "Your firm's sign-in service doesn't say who you are: the claim %s is missing. Tell your administrator.", p.options.Claim)
	}
	if group := p.options.AdminGroup; group != "" && !c.elsewhere(p.options.GroupsClaim) {
		admin := slices.Contains(c.texts(p.options.GroupsClaim), group)
		id.Admin = &admin
	}
	return id, nil
}

// fresh reports whether the user proved who they are just before the token was issued, both by the provider's clock.
// Providers have to say when that was if they were asked for a fresh proof. The large ones that don't still ask the
// user.
func fresh(token *oidc.IDToken, c claims, asked bool) bool {
	var at float64
	if json.Unmarshal(c["auth_time"], &at) != nil {
		return asked
	}
	age := token.IssuedAt.Sub(time.Unix(int64(at), 0))
	return age <= freshFor && age >= -clockSkew
}
