// Package localportal runs a firm's portal inside the desktop app. The store is a SQLite file in a folder, and only this
// computer can reach the portal.
package localportal

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
	"matterline/app/records"
	"matterline/app/sqldb/sqlite"
)

// port is the portal's port, unless another program uses it. A fixed port keeps links valid.
const port = "8471"

// Portal is a running portal.
type Portal struct {
	Address string

	store  *records.Store
	server *http.Server
	stop   context.CancelFunc
	done   sync.WaitGroup
}

// Create sets up a firm and its first admin in a folder. It returns taken if there is a firm already, required, too_long,
// malformed and weak_password.
func Create(ctx context.Context, dir, firm string, admin records.Account) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("set up firm: %w", err)
	}
	store, err := Open(ctx, dir)
	if err != nil {
		return fmt.Errorf("set up firm: %w", err)
	}
	return errors.Join(store.CreateFirm(ctx, firm, admin), store.Close())
}

// Start runs the portal of the firm in a folder until it is closed. It returns fs.ErrNotExist if the folder has no firm.
func Start(ctx context.Context, dir string, pages fs.FS, log *slog.Logger) (*Portal, error) {
	if _, err := os.Stat(file(dir)); err != nil { // SQLite would create it
		return nil, fmt.Errorf("start portal: %w", err)
	}
	store, err := Open(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("start portal: %w", err)
	}
	exists, err := store.HasFirm(ctx)
	if err == nil && !exists { // setting it up failed
		err = fs.ErrNotExist
	}
	var listener net.Listener
	if err == nil {
		listener, err = Listen(port)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start portal: %w", err), store.Close())
	}
	return Serve(context.WithoutCancel(ctx), store, listener, pages, log), nil
}

// Listen listens on this computer at a port or, if another program uses it, at any other.
func Listen(port string) (net.Listener, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	return listener, err
}

// Serve serves a store until Close, which also closes the store. Its live streams end with ctx.
func Serve(ctx context.Context, store *records.Store, listener net.Listener, pages fs.FS, log *slog.Logger) *Portal {
	p := &Portal{Address: "http://" + listener.Addr().String(), store: store}
	ctx, p.stop = context.WithCancel(ctx)
	p.server = portal.NewServer(portal.New(store, pages, log))
	p.server.BaseContext = func(net.Listener) context.Context { return ctx }
	p.done.Go(func() { store.Housekeep(ctx, 0, log) })
	p.done.Go(func() {
		if err := p.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("serve portal", "error", err)
		}
	})
	return p
}

// Close stops the portal.
func (p *Portal) Close() error {
	p.stop()
	err := p.server.Close()
	p.done.Wait()
	return errors.Join(err, p.store.Close())
}

func file(dir string) string { return filepath.Join(dir, "portal.db") }

// Open opens the store in a folder, and creates it if there is none.
func Open(ctx context.Context, dir string) (*records.Store, error) {
	db, err := sqlite.Open(file(dir))
	if err != nil {
		return nil, err
	}
	store, err := records.Open(ctx, db, time.Now)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return store, nil
}
