// Command matterline is the desktop app.
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"matterline/app/alert/toast"
	"matterline/app/demo"
	"matterline/app/desktop"
	"matterline/app/localportal"
	"matterline/app/records"
	"matterline/frontend"
)

// version is set by build/binary.
var version = "development build"

//go:embed build/icon/icon-256.png
var icon []byte

func main() {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	home, err := os.UserConfigDir()
	if err != nil {
		home = os.TempDir()
	}
	data := flag.String("data", filepath.Join(home, "Matterline"), "the folder in which everything lies")
	startDemo := flag.Bool("demo", false, "open the demo firm")
	flag.Parse()

	err = desktop.Run(desktop.Options{
		Data: *data,
		Demo: func(ctx context.Context, dir string) (desktop.DemoFirm, error) {
			portal, err := demo.Start(ctx, dir, "", frontend.Client(), log)
			if err != nil {
				return desktop.DemoFirm{}, err
			}
			for _, link := range portal.Links {
				fmt.Printf("Open %s's chat (%s): %s\n", link.Name, link.Matter, link.URL)
			}
			return desktop.DemoFirm{Address: portal.Address, Email: demo.Email, Password: demo.Password, Close: portal.Close}, nil
		},
		Local: desktop.LocalPortals{
			Found: func(ctx context.Context, dir string, f desktop.Founding) error {
				return localportal.Create(ctx, dir, f.Firm, records.Account{Name: f.Name, Email: f.Email, Password: f.Password})
			},
			Start: func(ctx context.Context, dir string) (desktop.LocalPortal, error) {
				portal, err := localportal.Start(ctx, dir, frontend.Client(), log)
				if err != nil {
					return desktop.LocalPortal{}, err
				}
				return desktop.LocalPortal{Address: portal.Address, Close: portal.Close}, nil
			},
		},
		Version:   version,
		StartDemo: *startDemo,
		Toasts:    toast.New(icon),
		Log:       log,
	}, frontend.Desktop(), icon)
	if err != nil {
		log.Error("matterline", "error", err)
		os.Exit(1)
	}
}
