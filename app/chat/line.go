package chat

import (
	"cmp"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxName is the most characters in a name, a title or a reference.
const maxName = 200

// ValidName normalizes a one-line field such as a name or a title: to NFC, without blank ends. It returns required,
// too_long and text_invalid.
func ValidName(field, name string) (string, error) {
	name = strings.ReplaceAll(name, "\ufeff", "") // a byte order mark, from a file
	if !utf8.ValidString(name) || strings.ContainsFunc(name, multiline) || strings.ContainsFunc(name, reorders) || refused(name) >= 0 {
		return "", Errorf(TextInvalid, field, "This contains hidden characters that aren't allowed. Delete it and type it again.")
	}
	name = strings.TrimSpace(norm.NFC.String(name))
	switch n := utf8.RuneCountInString(name); {
	case !strings.ContainsFunc(name, visible):
		return "", Errorf(Required, field, "Enter %s.", cmp.Or(withArticle[field], "a "+field))
	case n > maxName:
		return "", Errorf(TooLong, field, "Use at most %d characters. This has %s.", maxName, grouped(n))
	}
	return name, nil
}

// withArticle holds the names of fields that don't simply follow "a".
var withArticle = map[string]string{"email": "an email", "firm": "the firm's name"}

// ValidEmail returns an email as FoldName folds it. It returns required, too_long, text_invalid and malformed.
func ValidEmail(email string) (string, error) {
	email, err := ValidName("email", FoldName(email))
	if err != nil {
		return "", err
	}
	if parsed, err := mail.ParseAddress(email); err != nil || parsed.Address != email {
		return "", Errorf(Malformed, "email", "Enter a valid email address.")
	}
	return email, nil
}

// FoldName returns a one-line field in the form in which two of them are compared. Case, the normal form, invisible
// characters and the width of spaces make no difference.
func FoldName(name string) string {
	name = strings.Map(shown, name)
	return norm.NFC.String(strings.ToLower(norm.NFC.String(strings.Join(strings.Fields(name), " "))))
}

// shown returns a character, or -1 if it is invisible.
func shown(r rune) rune {
	if unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
		return -1
	}
	return r
}

// maxDevice is the most characters in a device's name.
const maxDevice = 100

// DeviceName cleans the name of a device. It refuses none: programs choose these names, and people couldn't correct them.
func DeviceName(name string) string {
	name = strings.Join(strings.Fields(norm.NFC.String(Line(name))), " ")
	if !strings.ContainsFunc(name, visible) {
		return ""
	}
	runes := []rune(name)
	return strings.TrimSpace(string(runes[:min(len(runes), maxDevice)]))
}

// Line makes people's text safe to show in one line beside other text, outside a page: control characters become
// spaces, and characters that could reorder the text after it are removed. Stores have text from before ValidName and
// ValidText refused these.
func Line(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case multiline(r):
			return ' '
		case reorders(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}

// CleanNames makes the names, roles, titles and references in changes safe with Line.
func (c *Changes) CleanNames() {
	if m := c.Info; m != nil {
		m.Reference, m.Title, m.Type = Line(m.Reference), Line(m.Title), Line(m.Type)
	}
	for i := range c.Users {
		c.Users[i].Name = Line(c.Users[i].Name)
	}
	for i := range c.Participants {
		p := &c.Participants[i]
		p.Name, p.Role = Line(p.Name), Line(p.Role)
	}
}
