// Command portald is the portal's own binary: the firm's store of record, and the client pages.
//
//	portald serve    serve a firm's portal
//	portald demo     serve the demo firm
//	portald openapi  print the contract
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"matterline/app/demo"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/records"
	"matterline/app/sqldb/sqlite"
	"matterline/frontend"
)

const usage = `usage: portald serve [--address HOST:PORT] [--database FILE]
       portald demo [--address HOST:PORT] [--data FOLDER]
       portald openapi
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "portald:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		args = []string{"help"}
	}
	flags := flag.NewFlagSet("portald "+args[0], flag.ContinueOnError)
	address := flags.String("address", "127.0.0.1:8470", "where to listen")
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	switch args[0] {
	case "serve":
		database := flags.String("database", "portal.db", "the SQLite file of the firm's records")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return serve(ctx, *address, *database, log)
	case "demo":
		data := flags.String("data", filepath.Join(os.TempDir(), "matterline-demo"), "the folder of the demo firm")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return serveDemo(ctx, *address, *data, log)
	case "openapi":
		return printContract()
	}
	fmt.Fprint(os.Stderr, usage)
	return fmt.Errorf("there is no command %q", args[0])
}

func serve(ctx context.Context, address, database string, log *slog.Logger) error {
	db, err := sqlite.Open(database)
	if err != nil {
		return err
	}
	store, err := records.Open(ctx, db, time.Now)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	defer store.Close()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           portal.New(store, frontend.Portal(), log),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx }, // its end ends the live streams
	}
	log.Info("serving", "address", "http://"+listener.Addr().String(), "database", database)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		last, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return server.Shutdown(last)
	}
}

func serveDemo(ctx context.Context, address, data string, log *slog.Logger) error {
	p, err := demo.Start(ctx, data, address, frontend.Portal(), log)
	if err != nil {
		return err
	}
	fmt.Printf("%s is at %s\nSign in to it with the desktop app as %s, password %q.\n", demo.FirmName, p.Address, demo.Email, demo.Password)
	for _, link := range p.Links {
		fmt.Printf("Open %s's chat (%s): %s\n", link.Name, link.Matter, link.URL)
	}
	<-ctx.Done()
	return p.Close()
}

// printContract asks a portal without records for its OpenAPI document.
func printContract() error {
	answer := httptest.NewRecorder()
	portal.New(nil, frontend.Portal(), slog.Default()).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, portalapi.Prefix+"/openapi.json", nil))
	_, err := answer.Body.WriteTo(os.Stdout)
	return err
}
