package passkey_test

import (
	"testing"

	"matterline/app/passkey"
)

// What a passkey's answers mean is tested in records, on both engines.
func TestAt(t *testing.T) {
	for origin, want := range map[string]string{
		"https://portal.firm.example":      "https://portal.firm.example",
		"https://firm.example:8443":        "https://firm.example:8443",
		"https://portal":                   "", // a name without a dot
		"http://localhost:8080":            "http://localhost:8080",
		"http://portal.firm.example":       "",
		"https://203.0.113.7":              "",
		"https://[2001:db8::1]":            "",
		"http://127.0.0.1:8080":            "",
		"https://":                         "",
		"https://firm.example:8443/portal": "https://firm.example:8443",
		"https://a b":                      "",
		"":                                 "",
	} {
		site, works := passkey.At(origin)
		if site.Origin != want || works != (want != "") {
			t.Errorf("%s: %q, %v", origin, site.Origin, works)
		}
	}
}
