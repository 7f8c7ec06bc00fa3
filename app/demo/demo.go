// Package demo runs the portal of an example firm, Hartwell Legal, whose clients answer within seconds. Its matters are
// scripts in the folder matters, whose README describes the format. Apps get the data by sync, as from any portal.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"matterline/app/chat"
	"matterline/app/localportal"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// The firm's name and the sign-in of its first user. All users have the same password.
const (
	FirmName = "Hartwell Legal"
	Email    = "maya@hartwell.example"
	Password = "demo demo demo"
)

// port is the demo portal's port if it is free, so that links to it stay valid.
const port = "8470"

// Link signs one participant in to the client pages.
type Link struct {
	Name, Matter, URL string
}

// Portal is a running demo portal.
type Portal struct {
	*localportal.Portal
	Links []Link

	store   *records.Store
	stop    context.CancelFunc
	clients sync.WaitGroup
}

// Start opens the demo firm in a folder and serves its portal, by default to this computer only. The first start creates
// the firm. Its clients answer until ctx ends or Close is called. easy, if any, reports which passwords are easy to guess.
func Start(ctx context.Context, dir, address string, pages fs.FS, easy func(password string, about []string) bool, log *slog.Logger) (*Portal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("start demo: %w", err)
	}
	store, err := openFirm(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("start demo: %w", err)
	}
	store.RefuseEasy(easy)
	p := &Portal{store: store}
	if err := p.start(ctx, address, pages, log); err != nil {
		return nil, errors.Join(fmt.Errorf("start demo: %w", err), store.Close())
	}
	return p, nil
}

func (p *Portal) start(ctx context.Context, address string, pages fs.FS, log *slog.Logger) error {
	listener, err := listen(address)
	if err != nil {
		return err
	}
	if p.Links, err = p.links(ctx, "http://"+listener.Addr().String()); err != nil {
		return errors.Join(err, listener.Close())
	}
	ctx, p.stop = context.WithCancel(ctx)
	p.Portal = localportal.Serve(ctx, p.store, listener, pages, log)
	p.clients.Go(func() {
		if err := p.runClients(ctx); err != nil && ctx.Err() == nil {
			log.Error("demo clients", "error", err)
		}
	})
	return nil
}

// listen listens at address or, if that is empty, at the demo's port or any other.
func listen(address string) (net.Listener, error) {
	if address != "" {
		return net.Listen("tcp", address)
	}
	return localportal.Listen(port)
}

// Close stops the portal.
func (p *Portal) Close() error {
	p.stop()
	p.clients.Wait()
	return p.Portal.Close()
}

// openFirm opens the demo's store and creates it on the first start.
func openFirm(ctx context.Context, dir string) (*records.Store, error) {
	path := filepath.Join(dir, "portal.db")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := seed(ctx, path); err != nil {
			return nil, err
		}
	}
	return localportal.Open(ctx, dir)
}

// links makes sign-in links for two participants with long chats.
func (p *Portal) links(ctx context.Context, address string) ([]Link, error) {
	var links []Link
	for _, to := range []struct{ reference, participant string }{{"2026-0147", "ana"}, {"2026-0102", "rosa"}} {
		m, err := matterByReference(to.reference)
		if err != nil {
			return nil, err
		}
		account, err := p.store.AccountByEmail(ctx, m.email(to.participant))
		if err != nil {
			return nil, err
		}
		secret, err := p.store.AddLink(ctx, account, time.Now().Add(30*24*time.Hour))
		if err != nil {
			return nil, err
		}
		// After the # the secret doesn't appear in server logs or referrers.
		links = append(links, Link{m.participant(to.participant).name, m.title, address + "/join#" + secret})
	}
	return links, nil
}

// client returns a portal client signed in as a participant.
func (p *Portal) client(ctx context.Context, account string) (*portalapi.Client, error) {
	token, err := p.store.StartSession(ctx, account, chat.Origin{Device: "demo client"})
	if err != nil {
		return nil, err
	}
	return portalapi.NewClient(p.Address, token), nil
}
