package desktop

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"matterline/app/portalapi"
)

// NewFirm holds a new firm's name and its first user.
type NewFirm struct{ Firm, Name, Email, Password string }

// LocalPortal is the running portal on this computer.
type LocalPortal struct {
	Address string
	Close   func() error
}

// LocalPortals creates and starts the portal on this computer, in a folder.
type LocalPortals struct {
	Create func(ctx context.Context, dir string, f NewFirm) error
	// Start returns fs.ErrNotExist if no firm has been created.
	Start func(ctx context.Context, dir string) (LocalPortal, error)
}

// PortalInfo describes a portal.
type PortalInfo struct {
	Address string `json:"address"`
	Firm    string `json:"firm"`
	Colour  string `json:"colour"`
	// Provider says that users can sign in with the firm's own accounts, and Passwords that they can with a password.
	Provider  bool `json:"provider"`
	Passwords bool `json:"passwords"`
	// Passkeys says that users can sign in with a passkey.
	Passkeys bool `json:"passkeys"`
}

// checkTimeout limits how long CheckPortal waits.
const checkTimeout = 10 * time.Second

// CheckPortal asks for the portal at an address. It returns malformed for an invalid address, unreachable,
// wrong_address if something else answers, untrusted and proxy.
func (a *App) CheckPortal(address string) (PortalInfo, error) {
	address, err := portalapi.ParseAddress(address)
	if err != nil {
		return PortalInfo{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	client := portalapi.NewClient(address, "")
	out, err := portalapi.Call(ctx, client, portalapi.GetFirm, &portalapi.Nothing{})
	if err != nil {
		return PortalInfo{}, err
	}
	info := PortalInfo{Address: address, Firm: out.Body.Name, Colour: out.Body.Colour, Passwords: true}
	if ways, err := portalapi.Call(ctx, client, portalapi.Ways, &portalapi.Nothing{}); err == nil { // an older portal has only passwords
		info.Provider, info.Passwords, info.Passkeys = ways.Body.Provider, ways.Body.Passwords, ways.Body.PasskeyPage != ""
	}
	return info, nil
}

// CreateFirm creates a firm with a portal on this computer, and signs in its first user. It returns taken, required,
// too_long, malformed and weak_password.
func (a *App) CreateFirm(firm, name, email, password string) error {
	ctx := context.Background()
	f := NewFirm{Firm: strings.TrimSpace(firm), Name: name, Email: email, Password: password}
	if err := a.options.Local.Create(ctx, a.localDir(), f); err != nil {
		return err
	}
	if err := a.startLocal(ctx); err != nil {
		return err
	}
	_, err := a.signIn(ctx, a.localAddress(), email, password, "")
	return err
}

func (a *App) localDir() string { return filepath.Join(a.options.Data, "portal") }

// startLocal starts the portal on this computer, if there is one and it isn't running.
func (a *App) startLocal(ctx context.Context) error {
	if a.options.Local.Start == nil || a.localAddress() != "" {
		return nil
	}
	started, err := a.options.Local.Start(ctx, a.localDir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.local = &started
	a.mu.Unlock()
	return nil
}

// localAddress is the address of the portal on this computer, or empty.
func (a *App) localAddress() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.local == nil {
		return ""
	}
	return a.local.Address
}
