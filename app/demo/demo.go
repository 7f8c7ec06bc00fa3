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
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/sqldb/sqlite"
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
	Address string
	Links   []Link

	store  *records.Store
	server *http.Server
	stop   context.CancelFunc
	done   sync.WaitGroup
}

// Start opens the demo firm in a folder and serves its portal, by default to this computer only. The first start creates
// the firm. Its clients answer until ctx ends or Close is called.
func Start(ctx context.Context, dir, address string, pages fs.FS, log *slog.Logger) (*Portal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("start demo: %w", err)
	}
	store, err := openFirm(ctx, filepath.Join(dir, "portal.db"))
	if err != nil {
		return nil, fmt.Errorf("start demo: %w", err)
	}
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
	p.Address = "http://" + listener.Addr().String()
	if p.Links, err = p.links(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	ctx, p.stop = context.WithCancel(ctx)
	p.server = &http.Server{
		Handler:           portal.New(p.store, pages, log),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx }, // cancelling ctx ends the live streams
	}
	p.done.Go(func() {
		if err := p.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("demo portal", "error", err)
		}
	})
	p.done.Go(func() {
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
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	return listener, err
}

// Close stops the portal.
func (p *Portal) Close() error {
	p.stop()
	err := p.server.Close()
	p.done.Wait()
	return errors.Join(err, p.store.Close())
}

// openFirm opens the demo's store and creates it on the first start.
func openFirm(ctx context.Context, path string) (*records.Store, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := seed(ctx, path); err != nil {
			return nil, err
		}
	}
	db, err := sqlite.Open(path)
	if err != nil {
		return nil, err
	}
	return records.Open(ctx, db, time.Now)
}

// links makes sign-in links for two participants with long chats.
func (p *Portal) links(ctx context.Context) ([]Link, error) {
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
		links = append(links, Link{m.participant(to.participant).name, m.title, p.Address + "/join#" + secret})
	}
	return links, nil
}

// client returns a portal client signed in as a participant.
func (p *Portal) client(ctx context.Context, account string) (*portalapi.Client, error) {
	token, err := p.store.StartSession(ctx, account, "demo client")
	if err != nil {
		return nil, err
	}
	return portalapi.NewClient(p.Address, token), nil
}
