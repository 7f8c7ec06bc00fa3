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
	"matterline/frontend"
)

func serveDemo(ctx context.Context, c *config, _ string) error {
	log, err := newLog(c)
	if err != nil {
		return err
	}
	p, err := demo.Start(ctx, c.data, c.address, frontend.Client(), log)
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
func printContract(context.Context, *config, string) error {
	answer := httptest.NewRecorder()
	portal.New(nil, frontend.Client(), slog.Default()).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, portalapi.Prefix+"/openapi.json", nil))
	_, err := answer.Body.WriteTo(os.Stdout)
	return err
}
