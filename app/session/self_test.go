package session

import (
	"testing"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// An answer that the network held back doesn't replace the answer to a later question.
func TestLateAnswerAboutTheUser(t *testing.T) {
	maya := newFirm(t).open("maya")
	maya.WaitSelf(t.Context())
	held, turn := maya.Self(), maya.selfTurns.Add(1)
	check(t, maya.firm.store.Rename(t.Context(), chat.Caller{Account: held.Account, User: true}, "Maya Reyes"))
	maya.WaitSelf(t.Context())
	check(t, maya.storeSelf(t.Context(), held, turn))
	if name := maya.Self().Name; name != "Maya Reyes" {
		t.Fatalf("%q is back", name)
	}
}

// While the listener hears about a change, another answer with the same content waits: its caller
// shows what the listener stores.
func TestAnswerWaitsForTheListener(t *testing.T) {
	maya := newFirm(t).open("maya")
	maya.WaitSelf(t.Context())
	told := false
	maya.listener.onSelf = func() {
		if told = true; maya.storingSelf.TryLock() {
			t.Error("another answer doesn't wait")
		}
	}
	self := maya.Self()
	self.Name = "Maya Reyes"
	check(t, maya.SetSelf(t.Context(), self))
	if !told {
		t.Error("not told")
	}
}

// What the portal says at a new sign-in counts at once: who the user is, and that the copy can be read.
func TestRenewedSessionIsUpToDate(t *testing.T) {
	l := newLaptop(t)
	l.rules(14, false)
	l.lock.signedOut()
	l.wants(true, "signed out")
	l.Renew(t.Context(), "new token", portalapi.Self{Account: "maya", Name: "Maya Reyes", TwoStep: true})
	if self := l.Self(); l.Locked() != nil || self.Name != "Maya Reyes" || !self.TwoStep {
		t.Errorf("locked: %v, %+v", l.Locked(), self)
	}
}
