package portal

import (
	"encoding/json"
	"errors"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// strictJSON is JSON whose text is whole. Package json replaces what isn't without an error, and so changes people's text.
var strictJSON = huma.Format{
	Marshal: huma.DefaultJSONFormat.Marshal,
	Unmarshal: func(data []byte, into any) error {
		if err := checkJSON(data); err != nil {
			return err
		}
		return json.Unmarshal(data, into)
	},
}

var (
	errNotUTF8   = errors.New("it isn't UTF-8")
	errSurrogate = errors.New("it contains half a character")
	errNUL       = errors.New("it contains a null character")
)

// checkJSON checks the text in a body: it is UTF-8, its escapes are whole characters, and none is a null character,
// which PostgreSQL can't store.
func checkJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errNotUTF8
	}
	for i := 0; i+1 < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		i++ // on the escaped character: a second backslash begins no escape
		r, ok := hexRune(data[i:], "u")
		switch {
		case !ok:
		case r == 0:
			return errNUL
		case utf16.IsSurrogate(r):
			low, ok := hexRune(data[i+5:], `\u`)
			if !ok || utf16.DecodeRune(r, low) == utf8.RuneError {
				return errSurrogate
			}
			i += 10 // past both halves
		}
	}
	return nil
}
