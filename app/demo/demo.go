// Package demo is a firm to try Matterline on: Hartwell Legal, with the matters in matters/ (whose README
// tells how they are written), and clients who answer within seconds. Its data lies in a portal's store
// like any firm's, and reaches a window only by sync.
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

// The sign-ins of the demo firm's users, e-mail and password alike.
const (
	FirmName = "Hartwell Legal"
	Email    = "maya@hartwell.example"
	Password = "demo demo demo"
)

// port is where the demo's portal listens, if it is free, so that its links stay the same.
const port = "8470"

// Link lets one participant in by a browser.
type Link struct {
	Name, Matter, URL string
}

// Portal is the demo firm's portal, running.
type Portal struct {
	Address string
	Links   []Link

	store  *records.Store
	server *http.Server
	stop   context.CancelFunc
	done   sync.WaitGroup
}

// Start opens the demo firm in a folder, making it on the first start, and serves its portal on this
// computer alone. Its clients answer until ctx ends or it is closed.
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
		BaseContext:       func(net.Listener) context.Context { return ctx }, // its end ends the live streams
	}
	p.done.Go(func() {
		if err := p.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("demo portal", "error", err)
		}
	})
	p.done.Go(func() {
		if err := p.animate(ctx); err != nil && ctx.Err() == nil {
			log.Error("demo clients", "error", err)
		}
	})
	return nil
}

// listen takes the address asked for, or else the demo's own, or any.
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

// openFirm opens the demo's store. What a first start left half made is made again.
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

// links makes sign-in links for two participants who have much to say.
func (p *Portal) links(ctx context.Context) ([]Link, error) {
	var links []Link
	for _, who := range []struct{ reference, participant string }{{"2026-0147", "ana"}, {"2026-0102", "rosa"}} {
		m, err := matterByReference(who.reference)
		if err != nil {
			return nil, err
		}
		account, err := p.store.AccountByEmail(ctx, m.email(who.participant))
		if err != nil {
			return nil, err
		}
		secret, err := p.store.AddLink(ctx, account, time.Now().Add(30*24*time.Hour))
		if err != nil {
			return nil, err
		}
		// Behind the # it reaches neither a server's log nor a referrer.
		links = append(links, Link{m.participant(who.participant).name, m.title, p.Address + "/join#" + secret})
	}
	return links, nil
}

// client is a participant's own portal client.
func (p *Portal) client(ctx context.Context, account string) (*portalapi.Client, error) {
	token, err := p.store.StartSession(ctx, account, "demo client")
	if err != nil {
		return nil, err
	}
	return portalapi.NewClient(p.Address, token), nil
}
