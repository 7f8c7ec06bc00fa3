package desktop

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"matterline/app/chat"
	"matterline/app/session"
	"matterline/app/syncer"
)

// LinkScheme is the scheme of links that open the app. The system knows it from package autostart.
const LinkScheme = "matterline"

// maxLink is far more than a link needs, in bytes.
const maxLink = 512

// appLink is what a link names: a matter, a chat in it, or a message in that. It names no account and no portal, so that
// it tells nothing to those who may not see the matter.
type appLink struct{ matter, participant, message string }

// The forms of links, by the number of ids that follow.
var linkForms = []string{1: "matter", 2: "chat", 3: "message"}

// text returns matterline://matter/MATTER, //chat/MATTER/PARTICIPANT or //message/MATTER/PARTICIPANT/MESSAGE.
func (l appLink) text() string {
	ids := []string{l.matter}
	if l.participant != "" {
		ids = append(ids, l.participant)
		if l.message != "" {
			ids = append(ids, l.message)
		}
	}
	return LinkScheme + "://" + linkForms[len(ids)] + "/" + strings.Join(ids, "/")
}

var linkID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// parseLink returns malformed for anything that text doesn't make. Links come from anywhere.
func parseLink(text string) (appLink, error) {
	malformed := chat.Errorf(chat.Malformed, "link", "This isn't a complete link to a matter, a chat or a message. Copy the link again in Matterline.")
	if len(text) > maxLink {
		return appLink{}, malformed
	}
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Scheme != LinkScheme {
		return appLink{}, malformed
	}
	ids := strings.Split(strings.Trim(u.Path, "/"), "/")
	for _, id := range ids {
		if !linkID.MatchString(id) {
			return appLink{}, malformed
		}
	}
	if len(ids) >= len(linkForms) || linkForms[len(ids)] != u.Host {
		return appLink{}, malformed
	}
	ids = append(ids, "", "")
	l := appLink{ids[0], ids[1], ids[2]}
	if u.Path = strings.TrimSuffix(u.Path, "/"); l.text() != u.String() { // it has something else, such as a query
		return appLink{}, malformed
	}
	return l, nil
}

// Link returns the link to a matter, a chat in it, or a message in that. It can be pasted anywhere, and opens only for
// those who may see the matter.
func (a *App) Link(matter, participant, message string) string {
	return appLink{matter, participant, message}.text()
}

// TakeLinkProblem returns why a link couldn't be opened, once, or "".
func (a *App) TakeLinkProblem() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	problem := a.linkProblem
	a.linkProblem = ""
	return problem
}

// OpenLink opens what a link names in the account that has it, once the app has started. The window says if there is none.
func (c *Controls) OpenLink(text string) {
	a := c.app
	a.mu.Lock()
	a.link = text
	a.mu.Unlock()
	a.openLink()
}

// openLink opens the link that waits, if there is one and the app has started.
func (a *App) openLink() {
	a.mu.Lock()
	text := a.link
	if !a.started {
		text = ""
	} else {
		a.link = ""
	}
	a.mu.Unlock()
	if text == "" {
		return
	}
	account, at, err := a.findLinked(context.Background(), text)
	if at.Matter != "" {
		a.goToChat(account, at)
	}
	if err != nil {
		problem := a.describeError(err).Message
		a.mu.Lock()
		a.linkProblem = problem
		a.mu.Unlock()
		a.window.Emit(EventLinkProblem)
	}
}

// findLinked finds what a link names. If it finds only the chat of a message, it returns both the chat and an error.
func (a *App) findLinked(ctx context.Context, text string) (account string, at ChatAddress, err error) {
	l, err := parseLink(text)
	if err != nil {
		return "", ChatAddress{}, err
	}
	sessions := a.sessions()
	if len(sessions) == 0 {
		return "", ChatAddress{}, chat.Errorf(chat.SignedOut, "", "Sign in first, then open the link again.")
	}
	complete := true
	var locked error
	for _, s := range sessions {
		if err := s.Locked(); err != nil {
			locked = err
			continue
		}
		at, err := findIn(ctx, s, l)
		s.ReportError(err)
		if at.Matter != "" || chat.CodeOf(err) != chat.NotFound {
			return s.Key(), at, err
		}
		f, err := s.Freshness(ctx)
		complete = complete && err == nil && f.State == syncer.Current
	}
	if locked != nil {
		return "", ChatAddress{}, locked
	}
	if !complete {
		return "", ChatAddress{}, chat.Errorf(chat.NotFound, "", "The matter of this link isn't on this computer. Your matters aren't up to date: try again once they are.")
	}
	return "", ChatAddress{}, chat.Errorf(chat.NotFound, "", "The matter of this link isn't among yours. It may be a colleague's matter, or belong to another account.")
}

// findIn finds what a link names in a session. It returns not_found if the session doesn't have the matter.
func findIn(ctx context.Context, s *session.Session, l appLink) (ChatAddress, error) {
	m, err := s.Replica().Matter(ctx, l.matter)
	if err != nil {
		return ChatAddress{}, err
	}
	at := ChatAddress{Matter: l.matter}
	if l.participant == "" {
		return at, nil
	}
	for _, p := range m.Participants {
		if p.ID == l.participant {
			at.Participant = l.participant
		}
	}
	if at.Participant == "" {
		return at, chat.Errorf(chat.NotFound, "", "The chat of this link isn't in the matter.")
	}
	if l.message == "" {
		return at, nil
	}
	at.Version, err = s.Replica().VersionOf(ctx, l.participant, l.message)
	if err != nil {
		if chat.CodeOf(err) == chat.NotFound {
			err = chat.Errorf(chat.NotFound, "", "The message of this link isn't in the chat.")
		}
		return at, err
	}
	at.Message = l.message
	return at, nil
}
