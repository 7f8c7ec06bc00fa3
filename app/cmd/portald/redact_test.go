package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// No part of the password ("geheim", "1234") gets through, however a URL is written or cut off.
func TestRedactRemovesEveryPassword(t *testing.T) {
	for text, want := range map[string]string{
		"open postgres://portal:geheim@db/portal: refused":               "open postgres://portal@db/portal: refused",
		"open postgresql://portal:ge%40heim@db:5432,db2/portal: refused": "open postgresql://portal@db:5432,db2/portal: refused",
		`"postgres://portal:geheim@[::1]:5432/portal")`:                  `"postgres://portal@[::1]:5432/portal")`,
		"POSTGRES://portal:geheim@db/portal is down":                     "POSTGRES://portal@db/portal is down",
		"postgres://portal@db/portal?password=geheim&sslmode=x":          "postgres://portal@db/portal?…",
		"postgres://db/portal?sslpassword=geheim: no":                    "postgres://db/portal?…",
		"postgres://db/portal?pass%77ord=ge heim":                        "postgres://db/portal?…",
		"postgres://portal:ge@heim@db/portal":                            "postgres://…",
		"postgres://portal:ge/heim@db/portal":                            "postgres://…",
		"postgres://portal:ge?heim@db/portal":                            "postgres://…",
		"postgres://portal:ge#heim@db/portal":                            "postgres://…",
		"postgres://portal:ge heim@db/portal":                            "postgres://…",
		"postgres://portal:12 1234@db/portal":                            "postgres://…",
		"postgres://portal:12/1234@db/portal":                            "postgres://…",
		"postgres://portal:geheim":                                       "postgres://…",
		"host=db password=geheim dbname=portal":                          "host=db password=…",
		"host=db password = 'ge\\' heim' dbname=portal":                  "host=db password =…",
		"host=db sslpassword='ge\nheim'":                                 "host=db sslpassword=…",
		"postgres://a:geheim@db/a and postgres://b:geheim@db/b differ":   "postgres://…",
		"postgres://db/portal and password=geheim":                       "postgres://db/portal and password=…",
		"postgre://portal:geheim@db/portal is down":                      "postgre://portal@db/portal is down",
		"use a postgres:// URL, write %40 for @":                         "use a postgres:// URL, write %40 for @",
		"https://127.0.0.1:14000/dir/a-b":                                "https://127.0.0.1:14000/dir/a-b",
		"The password is weak.":                                          "The password is weak.",
		"open portal.db: no such file":                                   "open portal.db: no such file",
	} {
		if got := redact(text); got != want {
			t.Errorf("redact(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestLogRedactsPasswords(t *testing.T) {
	var text bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&text, &slog.HandlerOptions{ReplaceAttr: redactAttr}))
	const url = "postgres://portal:geheim@db/portal"
	log.Info("open "+url, "url", url, "database", database(url), "error", errors.New("open "+url), slog.Group("more", "url", url))
	if strings.Contains(text.String(), "geheim") || strings.Count(text.String(), "postgres://portal@db/portal") != 5 {
		t.Error(text.String())
	}
}
