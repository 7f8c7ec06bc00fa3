package session

import (
	"testing"

	"matterline/app/chat"
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
