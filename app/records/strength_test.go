package records_test

import (
	"strings"
	"testing"
	"time"

	"matterline/app/chat"
	"matterline/app/records"
)

// Common passwords, patterns, and the names of the person and the firm are too easy to guess.
func TestPasswordsThatAreEasyToGuess(t *testing.T) {
	f := newFirm(t, engines[0].open(t))
	ctx := t.Context()
	if err := f.SetFirm(ctx, f.admin, records.Firm{Name: "Hartwell & Lee Solicitors"}); err != nil {
		t.Fatal(err)
	}
	for password, easy := range map[string]bool{
		"password123": true, "1234567890": true, "qwertyuiop": true, "aaaaaaaaaaaa": true, "abcdefghij": true, "iloveyou123": true,
		"Hartwell2024": true, "hartwelllee": true, "MayaOkafor1": true, "maya okafor": true, "maya.okafor@firm.example": true,
		strings.Repeat("a", 1000):     true,
		"correct horse battery":       false,
		"a long enough one":           false,
		"a new long password":         false,
		"kein passwort f\u00fcr alle": false,
		"\u6b63\u78ba\u306a\u99ac\u306e\u96fb\u6c60\u3068\u30db\u30c1\u30ad\u30b9": false,
		"hgtpa-xkqle-pnv4t-mwzr2": false,
	} {
		_, err := f.AddUser(ctx, f.admin, records.Account{Email: "maya.okafor@firm.example", Name: "Maya Okafor", Password: password})
		if easy && chat.CodeOf(err) != chat.WeakPassword || !easy && err != nil {
			t.Errorf("%q: %v", password, err)
		}
		f.exec(t, `DELETE FROM accounts WHERE email = 'maya.okafor@firm.example'`)
	}
}

// No password takes long to check, however it is made.
func TestHostilePasswordsAreCheckedQuickly(t *testing.T) {
	f := newFirm(t, engines[0].open(t))
	hostile := []string{
		strings.Repeat("4@8({[<3691!|170$5+7%2", 45), strings.Repeat("p4$$w0rd1!", 100), strings.Repeat("ab", 500), strings.Repeat("19", 500),
		strings.Repeat("1.1.19", 160), strings.Repeat("\u0130", 500), strings.Repeat("e\u0301", 500), strings.Repeat("\U0001f600", 500), strings.Repeat("zxcvbnm,./", 99),
	}
	for _, password := range hostile {
		start := time.Now()
		_, err := f.AddUser(t.Context(), f.admin, records.Account{Email: "new@firm.example", Name: "N", Password: password})
		if code := chat.CodeOf(err); err != nil && code != chat.WeakPassword && code != chat.Taken {
			t.Errorf("%.40q: %v", password, err)
		}
		t.Logf("%.40q takes %s", password, time.Since(start))
	}
}
