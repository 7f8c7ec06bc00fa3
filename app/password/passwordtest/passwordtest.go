// Package passwordtest makes hashing passwords quick in the tests that import it. Hashing is slow on purpose, and most
// tests don't need that.
package passwordtest

import (
	"testing"

	"matterline/app/password"
)

var fullMemory, fullPasses = password.Memory, password.Passes

func init() { password.Memory, password.Passes = 64, 1 }

// HashAtFullCost makes a test hash passwords as the portal does.
func HashAtFullCost(t *testing.T) { hashWith(t, fullMemory, fullPasses) }

// HashSlowly makes hashing in a test take longer than a transaction, so that who acts at once acts on the same state.
func HashSlowly(t *testing.T) { hashWith(t, fullMemory, 1) }

func hashWith(t *testing.T, memory, passes uint32) {
	hadMemory, hadPasses := password.Memory, password.Passes
	password.Memory, password.Passes = memory, passes
	t.Cleanup(func() { password.Memory, password.Passes = hadMemory, hadPasses })
}
