package desktop

import "testing"

// A clicked chat is set before the hint is sent. It is returned once, only for the account in the window, and dropped
// with the session.
func TestTakeChatToOpen(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	chat := ChatAddress{Matter: o.matter, Participant: o.toAna}
	account := o.controls.ShownAccount()
	o.controls.OpenChat(account, ChatAddress{Matter: o.matter, Participant: "another"})
	o.controls.OpenChat(account, chat)
	o.controls.OpenChat("another account", ChatAddress{Matter: "another", Participant: "another"})
	o.waitEvent(EventOpenChat, func([]string) bool { return o.TakeChatToOpen() == chat })
	if at := o.TakeChatToOpen(); at != (ChatAddress{}) {
		t.Fatalf("returned twice: %+v", at)
	}
	o.controls.OpenChat(account, chat)
	check(t, o.ShowStart())
	if at := o.TakeChatToOpen(); at != (ChatAddress{}) {
		t.Fatalf("returned for a closed account: %+v", at)
	}
}
