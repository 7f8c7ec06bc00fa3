package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"matterline/app/demo"
	"matterline/app/portal"
	"matterline/app/portalapi"
	"matterline/app/strength"
	"matterline/frontend"
)

type demoCommand struct {
	addressFlag
	logFlag
	Data string `default:"${data}" placeholder:"FOLDER" help:"The demo firm's folder."`
}

func (c demoCommand) Run(ctx context.Context) error {
	p, err := demo.Start(ctx, c.Data, c.Address, frontend.Client(), strength.Easy, c.logger())
	if err != nil {
		return err
	}
	fmt.Printf("%s is at %s\nSign in with the desktop app as %s, password %q.\n", demo.FirmName, p.Address, demo.Email, demo.Password)
	for _, link := range p.Links {
		fmt.Printf("Open %s's chat (%s): %s\n", link.Name, link.Matter, link.URL)
	}
	<-ctx.Done()
	return p.Close()
}

type openAPICommand struct{}

// Run gets the OpenAPI document from a portal without a store.
func (openAPICommand) Run() error {
	response := httptest.NewRecorder()
	portal.New(nil, frontend.Client(), slog.Default()).ServeHTTP(response, httptest.NewRequest(http.MethodGet, portalapi.Prefix+"/openapi.json", nil))
	_, err := response.Body.WriteTo(os.Stdout)
	return err
}
