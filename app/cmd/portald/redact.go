package main

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

// plainURL matches a URL without its query. The scheme may be mistyped. A password with a special character that isn't
// percent-encoded doesn't match: the character could move the rest of the password into the host or the path.
const plainURL = `[A-Za-z][A-Za-z0-9+.-]*://(?:[^\s/?#@:]*(:[^\s/?#@]*)?@)?(?:\[[^\s\]]*\]|[\w.,%-]|:\d+)*(?:/[\w.%+-]*)*`

var (
	wholeURL = regexp.MustCompile(`^` + plainURL + `(?:\?[^\s#@]*)?$`)
	// secret matches where a secret may be: a URL, or a password among keywords ("host=… password=…").
	secret = regexp.MustCompile(plainURL + `|(?i)pass(?:word|wd)\s*=`)
	// end matches what can follow a URL in a text. Anything else may be the rest of a password.
	end = regexp.MustCompile("^(?:[?\\s\"'`),;]|:\\s|$)")
	// userAndHost matches a URL without its scheme or slashes, and a path that looks like one. Such a path needs sqlite:PATH.
	userAndHost = regexp.MustCompile(`:.*@`)
	// keywords matches the other form of PostgreSQL's connection settings.
	keywords = regexp.MustCompile(`(?i)(?:^|\s)(?:host|hostaddr|port|user|dbname|password|service|sslmode)\s*=`)
)

// redact removes the passwords of databases from a text for people. Where it can't tell how far a password reaches, it
// removes the rest of the text.
func redact(text string) string {
	if !strings.Contains(text, "://") && !strings.Contains(text, "=") { // as in almost all that is logged
		return text
	}
	var out strings.Builder
	for {
		at := secret.FindStringSubmatchIndex(text)
		if at == nil {
			return out.String() + text
		}
		out.WriteString(text[:at[0]])
		found, rest := text[at[0]:at[1]], text[at[1]:]
		switch {
		case strings.HasSuffix(found, "="):
			return out.String() + found + "…"
		case strings.HasSuffix(found, "://") && strings.HasPrefix(rest, " "): // only a scheme
		case strings.Contains(rest, "@") || !end.MatchString(rest):
			scheme, _, _ := strings.Cut(found, "://")
			return out.String() + scheme + "://…"
		}
		if at[2] >= 0 { // the password, with its colon
			found = text[at[0]:at[2]] + text[at[3]:at[1]]
		}
		out.WriteString(found)
		if strings.HasPrefix(rest, "?") { // a query may hold passwords
			return out.String() + "?…"
		}
		text = rest
	}
}

// redactAttr redacts an attribute of the log.
func redactAttr(_ []string, attr slog.Attr) slog.Attr {
	switch value := attr.Value.Any().(type) {
	case string:
		attr.Value = slog.StringValue(redact(value))
	case error, fmt.Stringer:
		if attr.Value.Kind() == slog.KindAny {
			attr.Value = slog.StringValue(redact(fmt.Sprint(value)))
		}
	}
	return attr
}
