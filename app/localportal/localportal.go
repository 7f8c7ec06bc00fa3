// Package localportal is a firm's portal on this computer: its store is a SQLite file in a folder, and it is
// served to this computer alone, for as long as the desktop app runs.
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

// port is where the portal listens, if it is free, so that its links stay the same.
const port = "8471"

// Portal is the portal, running.
type Portal struct {
	Address string

	store  *records.Store
	server *http.Server
	stop   context.CancelFunc
	done   sync.WaitGroup
}

// Found makes a firm and its first user, who is an admin, in a folder. It returns taken if there is a firm
// already, required, too_long, malformed and weak_password.
func Found(ctx context.Context, dir, firm string, admin records.Account) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("found firm: %w", err)
	}
	store, err := open(ctx, dir)
	if err != nil {
		return fmt.Errorf("found firm: %w", err)
	}
	return errors.Join(store.Found(ctx, firm, admin), store.Close())
}

// Start serves the portal of the firm in a folder until it is closed. It returns fs.ErrNotExist where no firm
// has been made.
func Start(ctx context.Context, dir string, pages fs.FS, log *slog.Logger) (*Portal, error) {
	if _, err := os.Stat(file(dir)); err != nil { // SQLite would make it
		return nil, fmt.Errorf("start portal: %w", err)
	}
	store, err := open(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("start portal: %w", err)
	}
	p := &Portal{store: store}
	if err := p.start(ctx, pages, log); err != nil {
		return nil, errors.Join(fmt.Errorf("start portal: %w", err), store.Close())
	}
	return p, nil
}

func (p *Portal) start(ctx context.Context, pages fs.FS, log *slog.Logger) error {
	founded, err := p.store.HasFirm(ctx)
	if err != nil {
		return err
	}
	if !founded { // a founding was refused
		return fs.ErrNotExist
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return err
	}
	p.Address = "http://" + listener.Addr().String()
	streams, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.stop = stop
	p.server = &http.Server{
		Handler:           portal.New(p.store, pages, log),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return streams }, // its end ends the live streams
	}
	p.done.Go(func() {
		if err := p.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("portal on this computer", "error", err)
		}
	})
	return nil
}

// Close stops the portal.
func (p *Portal) Close() error {
	p.stop()
	err := p.server.Close()
	p.done.Wait()
	return errors.Join(err, p.store.Close())
}

func file(dir string) string { return filepath.Join(dir, "portal.db") }

func open(ctx context.Context, dir string) (*records.Store, error) {
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
