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

// Founding is what a new firm begins with.
type Founding struct{ Firm, Name, Email, Password string }

// LocalPortal is the portal on this computer, running.
type LocalPortal struct {
	Address string
	Close   func() error
}

// LocalPortals makes and starts the portal on this computer, which lies in a folder.
type LocalPortals struct {
	Found func(ctx context.Context, dir string, f Founding) error
	// Start returns fs.ErrNotExist where no firm has been made.
	Start func(ctx context.Context, dir string) (LocalPortal, error)
}

// PortalFound is a portal that answers.
type PortalFound struct {
	Address string `json:"address"`
	Firm    string `json:"firm"`
	Colour  string `json:"colour"`
}

// checkWithin bounds how long a portal may take to say whose it is.
const checkWithin = 10 * time.Second

// CheckPortal asks whose portal is at an address. It returns malformed and what a client meets that comes to
// something else: unreachable, not_a_portal, untrusted.
func (a *App) CheckPortal(address string) (PortalFound, error) {
	address, err := portalapi.ParseAddress(address)
	if err != nil {
		return PortalFound{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkWithin)
	defer cancel()
	out, err := portalapi.Call(ctx, portalapi.NewClient(address, ""), portalapi.GetFirm, &portalapi.Nothing{})
	if err != nil {
		return PortalFound{}, err
	}
	return PortalFound{Address: address, Firm: out.Body.Name, Colour: out.Body.Colour}, nil
}

// FoundPortal makes a firm with a portal on this computer, and signs its first user in. It returns taken,
// required, too_long, malformed and weak_password.
func (a *App) FoundPortal(firm, name, email, password string) error {
	ctx := context.Background()
	f := Founding{Firm: strings.TrimSpace(firm), Name: name, Email: email, Password: password}
	if err := a.options.Local.Found(ctx, a.localDir(), f); err != nil {
		return err
	}
	if err := a.startLocal(ctx); err != nil {
		return err
	}
	return a.signIn(ctx, a.here(), email, password)
}

func (a *App) localDir() string { return filepath.Join(a.options.Data, "portal") }

// startLocal starts the portal on this computer, if there is one.
func (a *App) startLocal(ctx context.Context) error {
	if a.options.Local.Start == nil || a.here() != "" {
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

// here is the address of the portal on this computer, or empty.
func (a *App) here() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.local == nil {
		return ""
	}
	return a.local.Address
}
