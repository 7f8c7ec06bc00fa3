package desktop

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// waitReplies waits for a hint after which the replies have these titles.
func (o *office) waitReplies(titles ...string) {
	o.t.Helper()
	s, err := o.current()
	check(o.t, err)
	o.waitEvent(EventReplies, func([]string) bool {
		replies, err := s.Replies(o.t.Context())
		check(o.t, err)
		return slices.Equal(titlesOf(replies), titles)
	})
}

func titlesOf(replies []chat.Reply) (titles []string) {
	for _, r := range replies {
		titles = append(titles, r.Title)
	}
	return titles
}

func (o *office) hasReplies(titles ...string) {
	o.t.Helper()
	replies, err := o.Replies()
	check(o.t, err)
	if !slices.Equal(titlesOf(replies), titles) {
		o.t.Fatalf("%+v", replies)
	}
}

// untilReplies waits until this computer has these replies, without asking for them.
func (o *office) untilReplies(titles ...string) {
	o.t.Helper()
	s, err := o.current()
	check(o.t, err)
	o.until("replies", func() bool {
		replies, err := s.Replies(o.t.Context())
		check(o.t, err)
		return slices.Equal(titlesOf(replies), titles)
	})
}

func firmReply(title string) chat.Reply {
	return chat.Reply{ID: uuid.NewString(), Title: title, Text: "Dear {first name},", Firm: true}
}

// The saved replies are fetched at the sign-in and when the portal is back. While it is away, also after a restart,
// they are the last ones.
func TestReplies(t *testing.T) {
	o := newOffice(t)
	funds, dates := firmReply("Funds"), firmReply("Dates")
	check(t, o.store.SaveReply(t.Context(), records.Program, funds))
	o.signIn()
	o.untilReplies("Funds")

	o.goAway()
	check(t, o.store.SaveReply(t.Context(), records.Program, dates))
	o.comeBack()
	o.untilReplies("Dates", "Funds")

	o.goAway()
	o.controls.Close()
	o.start(o.options.Data)
	o.hasReplies("Dates", "Funds")
	o.comeBack()
	check(t, o.store.RemoveReply(t.Context(), records.Program, funds.ID, true))
	_, err := o.Replies() // also fetches them
	check(t, err)
	o.waitReplies("Dates")
}

func TestSignOutRemovesReplies(t *testing.T) {
	o := newOffice(t)
	check(t, o.store.SaveReply(t.Context(), records.Program, firmReply("Funds")))
	check(t, o.SignIn(o.server.URL, "maya@firm.example", "right"))
	o.waitReplies("Funds")
	acc := o.account()
	check(t, o.SignOut())
	o.portalAway.Store(true)
	check(t, o.openSession(acc, "no token", portalapi.Self{}, true))
	o.hasReplies()
}

func TestChangeReplies(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	own := chat.Reply{ID: uuid.NewString(), Title: "Keys", Text: "The keys are here, {first name}."}

	t.Run("OK", func(t *testing.T) {
		check(t, o.SaveReply(own))
		o.waitReplies("Keys")
		own.Title = "The keys"
		check(t, o.SaveReply(own))
		o.waitReplies("The keys")
		check(t, o.RemoveReply(own.ID, false))
		o.waitReplies()
	})
	t.Run("ErrNotAllowed", func(t *testing.T) {
		o.refuses(chat.NotAllowed, "", o.SaveReply(firmReply("Funds")))
		o.refuses(chat.NotAllowed, "", o.RemoveReply(own.ID, true))
	})
	t.Run("ErrRequired", func(t *testing.T) {
		o.refuses(chat.Required, "title", o.SaveReply(chat.Reply{ID: own.ID, Title: " ", Text: "Hello"}))
	})
	t.Run("ErrTextRequired", func(t *testing.T) {
		o.refuses(chat.TextRequired, "text", o.SaveReply(chat.Reply{ID: own.ID, Title: "Keys"}))
	})
	// A change of a reply that someone else has removed also removes it here.
	t.Run("ErrNotFound", func(t *testing.T) {
		check(t, o.SaveReply(own))
		o.waitReplies("The keys")
		check(t, o.store.RemoveReply(t.Context(), o.maya, own.ID, false))
		o.refuses(chat.NotFound, "", o.RemoveReply(own.ID, false))
		o.waitReplies()
	})
	t.Run("ErrUnreachable", func(t *testing.T) {
		o.goAway()
		e := o.describeError(o.SaveReply(own))
		if e.Code != chat.Unreachable || !strings.Contains(e.Message, "portal") {
			t.Fatalf("%+v", e)
		}
	})
	t.Run("Admin", func(t *testing.T) {
		o.comeBack()
		maya := o.maya.Account
		check(t, o.store.EditUser(t.Context(), records.Program, maya, true, true))
		check(t, o.SaveReply(firmReply("Funds")))
		o.waitReplies("Funds")
	})
}
