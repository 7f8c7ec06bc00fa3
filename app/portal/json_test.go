package portal

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTextInBodiesIsWholeOrRefused(t *testing.T) {
	for body, want := range map[string]error{
		`{"text":"Zoë 👩\u200d\u2696 \ud83d\udc69 \\ud800 \" \\\\ \n"}`: nil,
		`"\uD83D\uDC69\ud83d\udc69"`:                                   nil,
		`"\`:                                                           nil, // for package json to refuse
		`"\ud8`:                                                        nil,
		`"\uzzzz"`:                                                     nil,
		`"\ud800"`:                                                     errSurrogate,
		`"\ud800`:                                                      errSurrogate,
		`"\udc00\ud800"`:                                               errSurrogate,
		`"\ud800\ud800"`:                                               errSurrogate,
		`"\ud83dx\udc69"`:                                              errSurrogate,
		`"\ud83d\n"`:                                                   errSurrogate,
		`"\\\ud800"`:                                                   errSurrogate,
		`{"\udfff":1}`:                                                 errSurrogate,
		`"\u0000"`:                                                     errNUL,
		"\"a\xff\"":                                                    errNotUTF8,
		"\"\xed\xa0\x80\"":                                             errNotUTF8,
	} {
		if err := checkJSON([]byte(body)); err != want {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// What is read is what was written: package json had nothing to replace.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`"\ud83d\udc69"`, `"\\\ud800"`, "\"\xff\"", `"\u0000"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var text string
		if strictJSON.Unmarshal(body, &text) != nil {
			return
		}
		if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
			t.Fatalf("%q: %q", body, text)
		}
		written := strings.Contains(string(body), "\ufffd") || strings.Contains(strings.ToLower(string(body)), `\ufffd`)
		if strings.Contains(text, "\ufffd") && !written {
			t.Fatalf("%q: %q", body, text)
		}
	})
}
