package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// client is a user of the portal.
type client struct {
	address string
	token   string
	live    *http.Response
	events  *bufio.Scanner // its lines
	half    net.Conn

	closeAuthority func()
	port443        atomic.Value // where the authority finds the portal
}

func (w *world) api() *portalapi.Client { return portalapi.NewClient(w.address, w.token) }

func (w *world) signIn(args []string) (string, error) {
	in := new(portalapi.SignInInput)
	in.Body.Email, in.Body.Password, in.Body.Device = args[0], args[1], "script"
	out, err := portalapi.Call(context.Background(), portalapi.NewClient(w.address, ""), portalapi.SignIn, in)
	if err != nil {
		return "", err
	}
	w.token = out.Body.Token
	return out.Body.Me.Firm + "\n", nil
}

// pull gets everything that a desktop app gets.
func (w *world) pull() (heads portalapi.Heads, all []chat.Changes, err error) {
	out, err := portalapi.Call(context.Background(), w.api(), portalapi.Matters, &portalapi.MattersInput{})
	if err != nil {
		return heads, nil, err
	}
	for _, head := range out.Body.Matters {
		page, err := portalapi.Call(context.Background(), w.api(), portalapi.Changes, &portalapi.ChangesInput{Matter: head.Matter, Limit: 500})
		if err != nil {
			return heads, nil, err
		}
		all = append(all, page.Body)
	}
	slices.SortFunc(all, func(a, b chat.Changes) int { return strings.Compare(a.Info.Reference, b.Info.Reference) })
	return out.Body, all, nil
}

func (w *world) matters([]string) (string, error) {
	heads, all, err := w.pull()
	var text strings.Builder
	fmt.Fprintln(&text, "epoch", heads.Epoch)
	for _, m := range all {
		names := map[string]string{}
		for _, u := range m.Users {
			names[u.ID] = u.Name
		}
		fmt.Fprintf(&text, "%s | %s | %s | %s", m.Info.Reference, m.Info.Title, m.Info.Type, names[m.Info.Assigned])
		for _, id := range m.Info.Team {
			fmt.Fprintf(&text, " + %s", names[id])
		}
		fmt.Fprintln(&text)
		for _, p := range m.Participants {
			side := ""
			if p.OtherSide {
				side = " | other side"
			}
			fmt.Fprintf(&text, "%s: %s | %s%s\n", m.Info.Reference, p.Name, p.Role, side)
		}
		for _, message := range m.Messages {
			fmt.Fprintf(&text, "%s: %q\n", m.Info.Reference, message.Text)
		}
	}
	return text.String(), err
}

func (w *world) send(args []string) (string, error) {
	_, all, err := w.pull()
	if err != nil {
		return "", err
	}
	for _, m := range all {
		for _, p := range m.Participants {
			if p.Name == args[0] {
				in := new(portalapi.SendMessagesInput)
				in.Body.Messages = []portalapi.Outgoing{{ID: uuid.NewString(), Participant: p.ID, Text: args[1]}}
				out, err := portalapi.Call(context.Background(), w.api(), portalapi.SendMessages, in)
				if err == nil && out.Body.Results[0].Error != nil {
					err = out.Body.Results[0].Error
				}
				return "", err
			}
		}
	}
	return "", fmt.Errorf("no participant %s", args[0])
}

// get requests one page on a new connection.
func (w *world) get(args []string) (string, error) {
	return answered(w.do(http.MethodGet, args[0], nil))
}

func (w *world) post(args []string) (string, error) {
	return answered(w.do(http.MethodPost, args[0], strings.NewReader(args[1])))
}

func answered(res *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return fmt.Sprintf("%s\n%s\n%s\n%s", res.Status, strings.Join(res.Header["Strict-Transport-Security"], "\n"), strings.Join(res.Header["Set-Cookie"], "\n"), body), err
}

func (w *world) do(method, address string, body io.Reader) (*http.Response, error) {
	if strings.HasPrefix(address, "/") {
		address = w.address + address
	}
	req, err := http.NewRequest(method, address, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if w.token != "" {
		req.Header.Set("Authorization", "Bearer "+w.token)
	}
	trusted := x509.NewCertPool()
	if text, err := os.ReadFile(filepath.Join(w.dir, "certificate.pem")); err == nil {
		trusted.AppendCertsFromPEM(text)
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: trusted, ServerName: w.ts.Getenv("NAME")},
		ForceAttemptHTTP2: true,
	}
	return (&http.Client{Transport: transport, Timeout: patience}).Do(req)
}

func (w *world) stream(args []string) (string, error) {
	if args[0] == "open" {
		res, err := w.do(http.MethodGet, portalapi.Prefix+portalapi.Live.Path, nil)
		if err != nil {
			return "", err
		}
		w.live, w.events = res, bufio.NewScanner(res.Body)
		if res.StatusCode != http.StatusOK {
			return "", errors.New(res.Status)
		}
		return "", nil
	}
	defer func() {
		if args[0] == "ends" {
			w.live.Body.Close()
		}
	}()
	var text strings.Builder
	for w.events.Scan() {
		fmt.Fprintln(&text, w.events.Text())
		if args[0] == "shows" && strings.Contains(w.events.Text(), args[1]) {
			return text.String(), nil
		}
	}
	if args[0] == "shows" {
		return text.String(), fmt.Errorf("the stream ended without showing %s", args[1])
	}
	return text.String(), w.events.Err()
}

// slow sends a request in two halves. "Expect: 100-continue" makes the portal answer when it has started to handle
// the first half.
func (w *world) slow(args []string) (string, error) {
	const body = `{"email":"nobody@firm.example","password":"wrong","device":"slow"}`
	switch args[0] {
	case "begin":
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.address, "http://"))
		if err != nil {
			return "", err
		}
		w.half = conn
		fmt.Fprintf(conn, "POST %s/sessions HTTP/1.1\r\nHost: portal\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", portalapi.Prefix, len(body))
		return bufio.NewReader(conn).ReadString('\n')
	default:
		defer w.half.Close()
		fmt.Fprint(w.half, body)
		text, err := io.ReadAll(w.half)
		return string(text), err
	}
}

// certificate makes a self-signed certificate in certificate.pem and key.pem.
func (w *world) certificate(args []string) (string, error) {
	w.setenv("NAME", args[0])
	return "", makeCertificate(w.dir, args[0])
}

func makeCertificate(dir, name string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "certificate.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o600),
		os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
}
