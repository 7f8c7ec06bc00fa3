// Command matterline is the desktop app.
package main

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
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
	"matterline/app/instance"
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
	usual := filepath.Join(config, "Matterline")
	data := flag.String("data", usual, "the app's data folder")
	startDemo := flag.Bool("demo", false, "open the demo firm")
	flag.Parse()
	link := flag.Arg(0) // the system passes a link that was clicked

	first, err := claim(*data, instance.Request{Demo: *startDemo, Link: link, Activation: activation()}, log)
	switch {
	case errors.Is(err, instance.ErrBusy):
		log.Error("matterline", "error", err)
		window.ShowMessage("Matterline is already running with this data folder, but it doesn't answer:\n" + *data + "\n\nWait a moment and try again. If that doesn't help, restart the computer.")
		os.Exit(1)
	case err != nil: // the window says what is wrong with the folder
		log.Error("matterline", "error", err)
	case first == nil:
		return // the first shows its window
	}
	defer first.Close()
	if *data == usual && !window.GeneratesBindings { // links belong to the user's own app, not to one beside it
		go func() {
			if err := autostartOn(*data).Register(desktop.LinkScheme, icon); err != nil {
				log.Info("matterline", "error", err)
			}
		}()
	}

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
	err = window.Run(app, window.Options{Data: *data, Assets: frontend.Desktop(), Icon: icon, Instance: first, Link: link, OnResponse: notifications.OnResponse, Log: log})
	notifications.Close(time.Second / 4)
	if err != nil {
		log.Error("matterline", "error", err)
		first.Close()
		os.Exit(1)
	}
}

// claim takes the data folder, or hands the request over to the Matterline that has it. See instance.Claim.
func claim(data string, request instance.Request, log *slog.Logger) (*instance.Instance, error) {
	if window.GeneratesBindings {
		return nil, errors.New("this start only describes the program")
	}
	return instance.Claim(data, request, log)
}

// activation is what the desktop gave this start to bring a window to the front, on Wayland or X11.
func activation() string {
	return cmp.Or(os.Getenv("XDG_ACTIVATION_TOKEN"), os.Getenv("DESKTOP_STARTUP_ID"))
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
