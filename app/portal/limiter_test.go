package portal

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"matterline/app/chat"
)

func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter()
		wrong := errors.New("wrong password")
		try := func(account, address string, result error) error {
			return l.attempt(account, address, func() error { return result })
		}
		for range maxTriesPerAccount {
			if err := try("maya", "attacker", wrong); !errors.Is(err, wrong) {
				t.Fatal(err)
			}
		}
		if err := try(" Maya", "attacker", nil); chat.CodeOf(err) != chat.TooMany {
			t.Fatalf("the attacker isn't stopped: %v", err)
		}
		for range 3 * maxTriesPerAccount { // the owner elsewhere is not locked out, and mistypes now and then
			if err := errors.Join(try("maya", "owner", nil)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range maxTriesPerAddress - maxTriesPerAccount {
			if err := try(fmt.Sprint("account", i), "attacker", wrong); !errors.Is(err, wrong) {
				t.Fatal(err)
			}
		}
		if err := try("another", "attacker", wrong); chat.CodeOf(err) != chat.TooMany {
			t.Fatalf("the attacker can try any number of accounts: %v", err)
		}
		time.Sleep(tryWindow + time.Second) // of the bubble's clock
		if err := try("maya", "attacker", wrong); !errors.Is(err, wrong) {
			t.Fatalf("still limited after the window: %v", err)
		}
		if len(l.tries) != 2 {
			t.Fatalf("it keeps %d entries", len(l.tries))
		}
	})
}
