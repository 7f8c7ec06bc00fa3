package desktop

import (
	"maps"
	"testing"

	"matterline/app/chat"
	"matterline/app/computer"
)

// Accounts are called by what tells them apart, and by nothing if there is only one.
func TestLabels(t *testing.T) {
	acc := func(portal, firm, user string, kind computer.Kind) computer.Account {
		return computer.Account{Portal: "https://" + portal, Firm: firm, User: chat.User{ID: user, Name: user}, Kind: kind}
	}
	hart, doyle := acc("hart.example", "Hart & Co.", "Maya", ""), acc("doyle.example", "Doyle LLP", "Maya", "")
	tom, copied := acc("hart.example", "Hart & Co.", "Tom", ""), acc("other.example", "HART & Co.", "Maya", "")
	nameless, demo := acc("new.example", "", "Maya", ""), acc("127.0.0.1:8470", "Hartwell Legal", "Maya", computer.Demo)
	for _, want := range []map[computer.Account]string{
		{hart: ""},
		{hart: "Hart & Co.", doyle: "Doyle LLP"},
		{hart: "Hart & Co. (Maya)", tom: "Hart & Co. (Tom)", doyle: "Doyle LLP"},
		{hart: "Hart & Co. (Maya, hart.example)", copied: "HART & Co. (Maya, other.example)", tom: "Hart & Co. (Tom)"},
		{nameless: "new.example", demo: "Demo firm"},
	} {
		var accounts []computer.Account
		names := map[string]string{}
		for one, name := range want {
			accounts = append(accounts, one)
			if name != "" {
				names[one.Key()] = name
			}
		}
		if got := labels(accounts); !maps.Equal(got, names) {
			t.Errorf("%q, want %q", got, names)
		}
	}
}
