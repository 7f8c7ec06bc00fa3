package desktop

import "testing"

// A click outside the window is there when the hint of it comes, is taken once, and goes with its session.
func TestTakeChatToOpen(t *testing.T) {
	o := newOffice(t)
	o.signIn()
	chat := ChatAddress{o.matter, o.toAna}
	o.openChat(ChatAddress{o.matter, "another"})
	o.openChat(chat)
	o.hear(EventOpenChat, func([]string) bool { return o.TakeChatToOpen() == chat })
	if at := o.TakeChatToOpen(); at != (ChatAddress{}) {
		t.Fatalf("taken twice: %+v", at)
	}
	o.openChat(chat)
	check(t, o.ShowWayIn())
	if at := o.TakeChatToOpen(); at != (ChatAddress{}) {
		t.Fatalf("of an account that is closed: %+v", at)
	}
}
