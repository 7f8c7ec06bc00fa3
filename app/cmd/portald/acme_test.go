package main

import (
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
)

// authority starts Pebble, the test authority of Let's Encrypt, on this computer and sets $DIRECTORY. It resolves every
// name to this computer, and connects to a port here instead of port 443.
func (w *world) authority([]string) (string, error) {
	port443, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go forward(port443, &w.port443)
	names, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() { _ = dns.ActivateAndServe(names, nil, dns.HandlerFunc(resolveToLoopback)) }()

	_ = os.Setenv("PEBBLE_VA_NOSLEEP", "1")
	quiet := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	issuer := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "default"}})
	validator := va.New(quiet, 0, port443.Addr().(*net.TCPAddr).Port, false, names.Addr().String(), store)
	frontEnd := wfe.New(quiet, store, validator, issuer, []string{"pebble"}, false, false, 1, 1)
	server := httptest.NewTLSServer(frontEnd.Handler())
	w.closeAuthority = func() {
		server.Close()
		_, _ = port443.Close(), names.Close()
	}
	w.setenv("DIRECTORY", server.URL+wfe.DirectoryPath)
	w.setenv("SSL_CERT_FILE", filepath.Join(w.dir, "authority.pem"))
	return "", errors.Join(
		os.WriteFile(filepath.Join(w.dir, "authority.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600),
		os.WriteFile(filepath.Join(w.dir, "certificate.pem"), issuer.GetRootCert(0).PEM(), 0o600))
}

func resolveToLoopback(w dns.ResponseWriter, asked *dns.Msg) {
	answer := new(dns.Msg).SetReply(asked)
	if q := asked.Question[0]; q.Qtype == dns.TypeA {
		answer.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Name, Rrtype: q.Qtype, Class: q.Qclass}, A: net.IPv4(127, 0, 0, 1)}}
	}
	_ = w.WriteMsg(answer)
}

// forward passes connections on to the current portal.
func forward(from net.Listener, to *atomic.Value) {
	for {
		in, err := from.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", to.Load().(string))
		if err != nil {
			_ = in.Close()
			continue
		}
		for _, pair := range [][2]net.Conn{{in, out}, {out, in}} {
			go func() {
				_, _ = io.Copy(pair[0], pair[1])
				_ = pair[0].Close()
			}()
		}
	}
}
