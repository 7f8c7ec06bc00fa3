package desktop

import "testing"

// A clicked chat is set before the hint is sent. It is returned once, and dropped when the window shows something else.
func TestTakeChatToOpen(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	account := o.Session().Key
	chat := ChatAddress{Account: account, Matter: o.matter, Participant: o.toAna}
	o.controls.OpenChat(account, ChatAddress{Matter: o.matter, Participant: "another"})
	o.controls.OpenChat(account, chat)
	o.waitEvent(EventOpenChat, func([]string) bool { return o.TakeChatToOpen() == chat })
	if at := o.TakeChatToOpen(); at != (ChatAddress{}) {
		t.Fatalf("returned twice: %+v", at)
	}
	o.controls.OpenChat(account, chat)
	check(t, o.ShowStart())
	if at := o.TakeChatToOpen(); at != (ChatAddress{}) {
		t.Fatalf("returned on the start screen: %+v", at)
	}
}
