package portalapi

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"testing"

	"matterline/app/chat"
)

// Only the portal's own answer about this client's token makes the device delete or lock its copy. The same words from anything
// else don't.
func TestOnlyThePortalErases(t *testing.T) {
	sum := func(token string) string {
		s := sha256.Sum256([]byte(token))
		return hex.EncodeToString(s[:])
	}
	problem := func(code, erase string) string {
		return fmt.Sprintf(`{"title":"Unauthorized","status":401,"detail":"Your access was ended by the firm.","code":%q,"erase":%[2]q,"lock":%[2]q}`, code, erase)
	}
	const kind = "application/problem+json"
	for _, tt := range []struct {
		name   string
		status int
		kind   string
		text   string
		erases bool
	}{
		{"the portal's answer", 401, kind, problem("signed_out", sum("token")), true},
		{"with a charset", 401, kind + "; charset=utf-8", problem("signed_out", sum("token")), true},
		{"the session has ended", 401, kind, problem("signed_out", ""), false},
		{"the answer to another device", 401, kind, problem("signed_out", sum("another token")), false},
		{"a truth instead of a token", 401, kind, `{"code":"signed_out","detail":"Out.","erase":true}`, false},
		{"another status", 403, kind, problem("signed_out", sum("token")), false},
		{"a success", 200, kind, problem("signed_out", sum("token")), false},
		{"another code", 401, kind, problem("not_found", sum("token")), false},
		{"an unknown code", 401, kind, problem("erase", sum("token")), false},
		{"JSON that isn't a problem", 401, "application/json", problem("signed_out", sum("token")), false},
		{"a page", 401, "text/html", problem("signed_out", sum("token")), false},
		{"a plain 401", 401, "text/html", "<h1>Sign in</h1>", false},
		{"an empty 401", 401, "", "", false},
		{"a redirect", 302, kind, problem("signed_out", sum("token")), false},
		{"a fault", 500, kind, problem("internal", sum("token")), false},
		{"cut short", 401, kind, problem("signed_out", sum("token"))[:80], false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := client(serve(t, answer(tt.status, tt.kind, tt.text)).URL, nil, "")
			erased, locked := 0, 0
			c.OnLock(func() { locked++ })
			c.OnErase(func(why *chat.Error) {
				erased++
				if why.Message != "Your access was ended by the firm." {
					t.Error(why)
				}
			})
			_, _ = Call(t.Context(), c, Me, &Nothing{})
			_ = c.Follow(t.Context(), func(Event) error { return nil })
			if want := map[bool]int{true: 2}[tt.erases]; erased != want || locked != want {
				t.Errorf("called %d and %d times, want %d", erased, locked, want)
			}
		})
	}
	t.Run("after a new sign-in", func(t *testing.T) {
		var c *Client
		c = client(serve(t, func(w http.ResponseWriter, r *http.Request) {
			c.SetToken("new") // while the request with the old token is on its way
			answer(401, kind, problem("signed_out", sum("token")))(w, r)
		}).URL, nil, "")
		c.OnErase(func(*chat.Error) { t.Error("a late answer to the old token counts") })
		if _, err := Call(t.Context(), c, Me, &Nothing{}); chat.CodeOf(err) != chat.SignedOut {
			t.Fatal(err)
		}
	})
	t.Run("without a token", func(t *testing.T) {
		c := client(serve(t, answer(401, kind, problem("signed_out", sum("")))).URL, nil, "")
		c.SetToken("")
		c.OnErase(func(*chat.Error) { t.Error("there is nothing to erase") })
		_, _ = Call(t.Context(), c, Me, &Nothing{})
	})
}
