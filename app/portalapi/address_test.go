package portalapi

import (
	"testing"

	"matterline/app/chat"
)

func TestParseAddress(t *testing.T) {
	for typed, want := range map[string]string{
		"portal.example":                             "https://portal.example",
		" https://portal.example/ ":                  "https://portal.example",
		"firm.example/portal/":                       "https://firm.example/portal",
		"https://firm.example/clients//portal":       "https://firm.example/clients/portal",
		"https://firm.example/portal/invited#secret": "https://firm.example/portal",
		"https://portal.example/join?a=b#secret":     "https://portal.example",
		"https://portal.example/reset#secret":        "https://portal.example",
		"https://portal.example:8443/a%20b":          "https://portal.example:8443/a%20b",
		"http://127.0.0.1:8470/portal":               "http://127.0.0.1:8470/portal",
	} {
		if got, err := ParseAddress(typed); got != want || err != nil {
			t.Errorf("%s: %s, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", "http://portal.example", "ftp://portal.example", "https://a@portal.example", "https:///portal"} {
		if got, err := ParseAddress(typed); chat.CodeOf(err) != chat.Malformed {
			t.Errorf("%s: %s, %v", typed, got, err)
		}
	}
}
