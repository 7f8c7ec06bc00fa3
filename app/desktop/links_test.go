package desktop

import (
	"strings"
	"testing"

	"github.com/google/uuid"
)

// What the app copies can be opened, also after a program has changed it as programs do. Nothing else is a link.
func TestParseLink(t *testing.T) {
	m, p, text := uuid.NewString(), uuid.NewString(), uuid.NewString()
	for _, want := range []appLink{{matter: m}, {matter: m, participant: p}, {m, p, text}} {
		for _, as := range []string{want.text(), want.text() + "/", " " + want.text() + "\n", "MATTERLINE" + strings.TrimPrefix(want.text(), "matterline")} {
			if got, err := parseLink(as); err != nil || got != want {
				t.Errorf("%q: %+v, %v", as, got, err)
			}
		}
	}
	for _, bad := range []string{
		"", "matterline:", "matterline://", "matterline://matter", "matterline://matter/", "matterline://matter/1",
		"https://matter/" + m, "matterline:matter/" + m, "matterline:///" + m, "matterline://chat/" + m, "matterline://matter/" + m + "/" + p,
		"matterline://message/" + m + "/" + p, "matterline://matter/" + m + "?x=1", "matterline://matter/" + m + "#x",
		"matterline://me@matter/" + m, "matterline://matter:80/" + m, "matterline://matter/../" + m, "matterline://matter/%2e%2e/" + m,
		"matterline://matter/" + strings.ToUpper(m), "matterline://matter/" + m + "'--", "matterline://matter/" + m + "\x00", "--data=/tmp",
		"matterline://message/" + m + "/" + p + "/" + text + "/" + text, "matterline://matter/" + strings.Repeat(m, 100),
		"matterline://matter/" + m + "\u202e", "matterline://matter/$(reboot)",
	} {
		if got, err := parseLink(bad); err == nil {
			t.Errorf("%q: %+v", bad, got)
		}
	}
}

// FuzzLink finds no text that is taken for a link and isn't one.
func FuzzLink(f *testing.F) {
	f.Add(appLink{uuid.NewString(), uuid.NewString(), uuid.NewString()}.text())
	f.Fuzz(func(t *testing.T, text string) {
		l, err := parseLink(text)
		if err == nil && !strings.EqualFold(strings.TrimSuffix(strings.TrimSpace(text), "/"), l.text()) {
			t.Errorf("%q became %+v", text, l)
		}
	})
}

// A link opens a matter, a chat or a message. The window says why it opens nothing.
func TestOpenLink(t *testing.T) {
	o := newOffice(t)
	link := o.Link(o.matter, o.toAna, "")
	problem := func() string {
		t.Helper()
		var text string
		o.waitEvent(EventLinkProblem, func([]string) bool {
			text = o.TakeLinkProblem()
			return text != ""
		})
		return text
	}
	o.controls.OpenLink(link)
	if got := problem(); got != "Sign in first, then open the link again." {
		t.Fatal(got)
	}
	o.signIn()
	account := o.Session().Key
	o.anaSends("hello")
	o.untilAlerts(1)
	c, err := o.Chat(o.toAna, 0)
	check(t, err)
	message := c.Messages[0]
	for _, want := range []ChatAddress{
		{Account: account, Matter: o.matter},
		{Account: account, Matter: o.matter, Participant: o.toAna},
		{Account: account, Matter: o.matter, Participant: o.toAna, Message: message.ID, Version: message.Version},
	} {
		o.controls.OpenLink(o.Link(want.Matter, want.Participant, want.Message))
		o.waitEvent(EventOpenChat, func([]string) bool { return true })
		if got := o.TakeChatToOpen(); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	other := uuid.NewString()
	for _, tt := range []struct {
		link string
		want string
		at   ChatAddress
	}{
		{"matterline://matter/../../etc/passwd", "This isn't a complete link", ChatAddress{}},
		{o.Link(other, "", ""), "The matter of this link isn't among yours.", ChatAddress{}},
		{o.Link(o.matter, other, ""), "The chat of this link isn't in the matter.", ChatAddress{Account: account, Matter: o.matter}},
		{o.Link(o.matter, o.toAna, other), "The message of this link isn't in the chat.", ChatAddress{Account: account, Matter: o.matter, Participant: o.toAna}},
	} {
		o.controls.OpenLink(tt.link)
		if got := problem(); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %q", tt.link, got)
		}
		if got := o.TakeChatToOpen(); got != tt.at {
			t.Errorf("%s opens %+v", tt.link, got)
		}
	}
	o.goAway()
	o.controls.OpenLink(o.Link(other, "", ""))
	if got := problem(); !strings.Contains(got, "aren't up to date") {
		t.Error(got)
	}
}

// A link that the app is started with opens once the account is open.
func TestStartWithLink(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	account := o.Session().Key
	link := o.Link(o.matter, o.toAna, "")
	o.controls.Close()
	o.prepare(o.options)
	o.controls.OpenLink(link)
	o.controls.Start()
	o.waitEvent(EventOpenChat, func([]string) bool { return true })
	if got := o.TakeChatToOpen(); got != (ChatAddress{Account: account, Matter: o.matter, Participant: o.toAna}) {
		t.Fatalf("%+v", got)
	}
}
