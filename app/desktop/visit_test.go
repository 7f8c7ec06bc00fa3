package desktop

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// fakeBrowser is a window whose browser is a function.
type fakeBrowser struct {
	noWindow
	open  func(address string) error
	shown bool
}

func (b *fakeBrowser) OpenBrowser(address string) error { return b.open(address) }
func (b *fakeBrowser) Show()                            { b.shown = true }

func startVisit(t *testing.T) *visit {
	t.Helper()
	v, err := newVisit()
	check(t, err)
	t.Cleanup(v.close)
	return v
}

// get opens an address, and returns the page. The app may be done with the browser before the browser has read the page.
func get(t *testing.T, method, address string) (status int, page string) {
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, address, http.NoBody)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	return res.StatusCode, string(text)
}

// A visit hears only the page that knows its state, and only once. It is over when it is closed.
func TestVisitReturns(t *testing.T) {
	v := startVisit(t)
	state := "state=" + url.QueryEscape(v.state)
	done := make(chan struct{})
	browser := &fakeBrowser{open: func(address string) error {
		defer close(done)
		if address != "https://page.example/x?y=1" {
			t.Error(address)
		}
		for _, tt := range []struct{ method, address string }{
			{http.MethodGet, v.address},
			{http.MethodGet, v.address + "?state=guess&code=x"},
			{http.MethodGet, v.address + "?state=&code=x"},
			{http.MethodGet, strings.TrimSuffix(v.address, returnPath) + "/favicon.ico?" + state},
			{http.MethodPost, v.address + "?code=x&" + state},
		} {
			if status, _ := get(t, tt.method, tt.address); status != http.StatusNotFound {
				t.Errorf("%s %s: %d", tt.method, tt.address, status)
			}
		}
		for _, code := range []string{"first", "second"} {
			if status, page := get(t, http.MethodGet, v.address+"?code="+code+"&"+state); status != http.StatusOK || !strings.Contains(page, "Return to Matterline") {
				t.Error(status, page)
			}
		}
		return nil
	}}
	back, err := v.browse(t.Context(), browser, "https://page.example/x?y=1")
	check(t, err)
	if back.Get("code") != "first" || !browser.shown {
		t.Error(back, browser.shown)
	}
	<-done
	v.close()
	if _, err := http.Get(v.address + "?" + state); err == nil {
		t.Error("the visit still listens")
	}
}

func TestVisitFails(t *testing.T) {
	opened := func(string) error { return nil }
	over, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx  context.Context
		page string
		open func(string) error
		want error
	}{
		"no browser":      {t.Context(), "https://page.example", func(string) error { return errors.New("not found") }, errNoBrowser},
		"a file":          {t.Context(), "file:///etc/passwd", opened, errNoWebAddress},
		"another program": {t.Context(), "ms-settings:privacy", opened, errNoWebAddress},
		"an option":       {t.Context(), "--help", opened, errNoWebAddress},
		"no host":         {t.Context(), "https:///x", opened, errNoWebAddress},
		"too long":        {over, "https://page.example", opened, errVisitTooLong},
		"canceled":        {cancelled, "https://page.example", opened, errVisitCancelled},
	} {
		_, err := startVisit(t).browse(tt.ctx, &fakeBrowser{open: tt.open}, tt.page)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every visit has its own secrets. The page learns only the hash of the verifier.
func TestVisitSecrets(t *testing.T) {
	a, b := startVisit(t), startVisit(t)
	if a.state == b.state || a.verifier == b.verifier || a.state == a.verifier || len(a.verifier) < 43 || a.challenge() == a.verifier || len(a.challenge()) != 43 {
		t.Error(a.state, a.verifier, a.challenge())
	}
}
