package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// healthTimeout limits a check of a running portal.
const healthTimeout = 5 * time.Second

type healthCommand struct {
	addressFlag
	certificateFlags
}

// Run asks the portal on this computer whether it is ready. A container has no other program that could.
func (c healthCommand) Run(ctx context.Context) error {
	host, port, err := splitAddress(c.Address, "address")
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() { // it listens everywhere
		host = "127.0.0.1"
	}
	scheme := "http"
	if c.TLSCertificate != "" || c.ACMEDomain != "" {
		scheme = "https"
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	// The certificate is for the portal's public name, and this sends no secret.
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{ServerName: c.ACMEDomain, InsecureSkipVerify: true}}}
	response, err := client.Do(request)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("nothing answers at %s; is the portal running?", request.URL.Host)
	}
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return errors.New(strings.TrimSpace(string(answer)))
	}
	fmt.Print(string(answer))
	return nil
}
