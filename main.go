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
	"time"

	"matterline/app/alert/notification"
	"matterline/app/autostart"
	"matterline/app/demo"
	"matterline/app/desktop"
	"matterline/app/localportal"
	"matterline/app/records"
	"matterline/app/window"
	"matterline/frontend"
)

// version is set by build/binary.
var version = "development build"

//go:embed build/icon/icon-256.png
var icon []byte

//go:embed build/icon/icon-64.png
var notificationIcon []byte

func main() {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	config, err := os.UserConfigDir()
	if err != nil {
		config = os.TempDir()
	}
	data := flag.String("data", filepath.Join(config, "Matterline"), "the app's data folder")
	startDemo := flag.Bool("demo", false, "open the demo firm")
	flag.Parse()

	notifications := notification.New(notificationIcon, log)
	app := desktop.New(desktop.Options{
		Data: *data,
		Demo: func(ctx context.Context, dir string) (desktop.DemoFirm, error) {
			portal, err := demo.Start(ctx, dir, "", frontend.Client(), nil, log)
			if err != nil {
				return desktop.DemoFirm{}, err
			}
			for _, link := range portal.Links {
				fmt.Printf("Open %s's chat (%s): %s\n", link.Name, link.Matter, link.URL)
			}
			return desktop.DemoFirm{Address: portal.Address, Email: demo.Email, Password: demo.Password, Close: portal.Close}, nil
		},
		Local: desktop.LocalPortals{
			Create: func(ctx context.Context, dir string, f desktop.NewFirm) error {
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
		Version:       version,
		StartDemo:     *startDemo,
		Notifications: notifications,
		Autostart:     autostartOn(*data),
		Log:           log,
	})
	err = window.Run(app, window.Options{Data: *data, Assets: frontend.Desktop(), Icon: icon, OnResponse: notifications.OnResponse, Log: log})
	notifications.Close(time.Second / 2)
	if err != nil {
		log.Error("matterline", "error", err)
		os.Exit(1)
	}
}

// autostartOn describes the app with a data folder, for the system to start.
func autostartOn(data string) autostart.Program {
	path, err := os.Executable()
	if err != nil {
		path = os.Args[0]
	}
	if absolute, err := filepath.Abs(data); err == nil {
		data = absolute
	}
	return autostart.Program{Name: "Matterline", ID: "eu.matterline.desktop", Command: []string{path, "--data=" + data}}
}
