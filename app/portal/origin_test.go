package portal_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"matterline/app/chat"
	"matterline/app/portal"
	"matterline/app/portalapi"
)

func TestRequestsFromOtherWebsitesAreRefused(t *testing.T) {
	s := serve(t)
	for name, tt := range map[string]struct {
		origin, site, page string
		want               chat.Code
	}{
		"NoBrowser":            {"", "", "", chat.LinkExpired},
		"SameOrigin":           {s.URL, "", "", chat.LinkExpired},
		"SameOriginByProxy":    {"https://portal.example", "same-origin", "", chat.LinkExpired},
		"OldBrowserByProxy":    {"https://portal.example", "", "1", chat.LinkExpired},
		"OtherSite":            {"https://evil.example", "cross-site", "", chat.NotAllowed},
		"OtherSiteWithHeader":  {"https://evil.example", "cross-site", "1", chat.NotAllowed},
		"OtherSiteOldBrowser":  {"https://evil.example", "", "", chat.NotAllowed},
		"OtherSubdomain":       {"https://evil.portal.example", "same-site", "", chat.NotAllowed},
		"OtherSiteWithoutName": {"null", "", "", chat.NotAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+portalapi.Prefix+"/sessions", strings.NewReader(`{"link":"wrong"}`))
			check(t, err)
			for name, value := range map[string]string{"Content-Type": "application/json", "Origin": tt.origin, "Sec-Fetch-Site": tt.site, portalapi.PageHeader: tt.page} {
				if value != "" {
					req.Header.Set(name, value)
				}
			}
			res, err := http.DefaultClient.Do(req)
			check(t, err)
			defer res.Body.Close()
			var problem portalapi.Problem
			check(t, json.NewDecoder(res.Body).Decode(&problem))
			if problem.Code != tt.want {
				t.Errorf("%s %+v", res.Status, problem)
			}
		})
	}
}

func TestOtherWebsitesCantSendThePagesHeader(t *testing.T) {
	s := serve(t)
	req, err := http.NewRequestWithContext(t.Context(), "OPTIONS", s.URL+portalapi.Prefix+"/sessions", nil)
	check(t, err)
	req.Header.Set("Origin", "https://evil.example")
	req.Header.Set("Access-Control-Request-Method", "POST")
	req.Header.Set("Access-Control-Request-Headers", strings.ToLower(portalapi.PageHeader))
	res, err := http.DefaultClient.Do(req)
	check(t, err)
	res.Body.Close()
	for name := range res.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("the portal answers %s", name)
		}
	}
}

func TestCookiesAndDocumentBelowAPath(t *testing.T) {
	s := serve(t)
	handler := portal.New(s.store, fstest.MapFS{}, slog.New(slog.DiscardHandler))
	secret, err := s.store.AddLink(t.Context(), s.ana, time.Now().Add(time.Hour))
	check(t, err)
	answer := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(portal.At(t.Context(), portal.Place{Base: "/portal"}), method, portalapi.Prefix+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		return recorder
	}
	cookies := answer("POST", "/sessions", `{"link":"`+secret+`","cookie":true}`).Result().Cookies()
	if len(cookies) != 2 || cookies[0].Path != "/portal/api/v1" || cookies[1].Path != "/portal/api/v1" {
		t.Fatal(cookies)
	}
	if text := answer("GET", "/openapi.json", "").Body.String(); !strings.Contains(text, `"url": "/portal/api/v1"`) {
		t.Fatal("the document names another address")
	}
}

func TestInvitationNamesThePublicAddress(t *testing.T) {
	s := serve(t)
	participant, err := s.store.AddParticipant(t.Context(), chat.Participant{Matter: s.matter, Name: "Ben", Role: "Lender"}, "")
	check(t, err)
	handler := portal.New(s.store, fstest.MapFS{}, slog.New(slog.DiscardHandler))
	r := httptest.NewRequestWithContext(portal.At(t.Context(), portal.Place{Public: "https://firm.example/portal"}), "POST",
		portalapi.Prefix+"/participants/"+participant+"/invitation", nil)
	r.Header.Set("Authorization", "Bearer "+s.mayaToken)
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, r)
	var out portalapi.InviteOutput
	check(t, json.NewDecoder(recorder.Body).Decode(&out.Body))
	if !strings.HasPrefix(out.Body.URL, "https://firm.example/portal/invited#") || !strings.HasSuffix(out.Body.URL, out.Body.Path) {
		t.Fatalf("%+v", out.Body)
	}
}
