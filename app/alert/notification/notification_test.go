package notification

import (
	"encoding/xml"
	"strings"
	"testing"

	"matterline/app/alert"
)

// hostile is what a client might call themselves, or write, to run a program on a computer of the firm.
var hostile = []string{
	`]]></text></binding></visual><actions><action activationType="protocol" arguments="file:///C:/evil.exe"/></actions><![CDATA[`,
	"$(Start-Process calc)", "'@; Start-Process calc; @'", "\"@\nStart-Process calc\n@\"", "`calc`", "%COMSPEC%",
	`" & (do shell script "open -a Calculator") & "`, `\" & (do shell script "open -a Calculator") & \"`, `ends with \`,
	"-execute open -a Calculator", "--action=evil", "[list]", "(list)", "{a=b;}", "<b>bold</b> & <img src=x>", "\x00\x1b]0;title\x07", "a\u2028b",
}

// What Windows gets is one toast with two texts, which are the title and the body, whatever they contain.
func TestToastKeepsHostileText(t *testing.T) {
	for _, text := range hostile {
		out, err := toastXML(alert.Notification{Title: text, Body: text}, 7)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' {
				return '\ufffd' // no XML
			}
			return r
		}, text)
		var elements []string
		var texts []string
		d := xml.NewDecoder(strings.NewReader(out))
		for {
			token, _ := d.Token()
			if token == nil {
				break
			}
			switch token := token.(type) {
			case xml.StartElement:
				elements = append(elements, token.Name.Local)
			case xml.CharData:
				texts = append(texts, string(token))
			}
		}
		if got := strings.Join(elements, " "); got != "toast visual binding text text audio" {
			t.Errorf("%q became %s", text, got)
		}
		if len(texts) != 2 || texts[0] != want || texts[1] != want {
			t.Errorf("%q became %q", text, texts)
		}
	}
}

// A toast of a chat marks it as read, and takes a reply if there can be one.
func TestToastActions(t *testing.T) {
	n := alert.Notification{Title: "Ana · Elm Street", Participant: "ana"}
	for _, tt := range []struct {
		message  string
		canReply bool
		want     string
	}{
		{"", true, ""},
		{"m1", false, `<actions><action content="Mark as read" arguments="read 7"></action></actions>`},
		{"m1", true, `<actions><input id="reply" type="text" placeHolderContent="Enter message"></input>` +
			`<action content="Reply" arguments="reply 7" hint-inputId="reply"></action><action content="Mark as read" arguments="read 7"></action></actions>`},
	} {
		n.Message, n.CanReply = tt.message, tt.canReply
		out, err := toastXML(n, 7)
		if _, after, _ := strings.Cut(out, "</audio>"); err != nil || after != tt.want+"</toast>" || !strings.Contains(out, `launch="open 7"`) {
			t.Errorf("%v %s", err, out)
		}
	}
	if action, id, err := parseLaunch(launch(alert.Reply, 7)); action != alert.Reply || id != 7 || err != nil {
		t.Error(action, id, err)
	}
	if _, _, err := parseLaunch("7"); err == nil {
		t.Error("no error")
	}
}

// What macOS gets is no option and no list, and can't end the quotes around it.
func TestArgumentsAreHarmless(t *testing.T) {
	for _, text := range hostile {
		got := argument(text)
		if strings.ContainsAny(got, "\"\\\n\x00\x1b\u2028") || strings.ContainsAny(got[:1], "-[({<\"") {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, text := range []string{"Ana Okafor · 14 Elm Street", "1,250 € is due", "日本語", "Dvořák"} {
		if got := argument(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// Linux gets no markup. GNOME shows entities of quotes as they are.
func TestMarkup(t *testing.T) {
	if got := markup.Replace(`<b>"it's"</b> & more`); got != `&lt;b&gt;"it's"&lt;/b&gt; &amp; more` {
		t.Fatal(got)
	}
}
