package desktop

import (
	"net/url"

	"matterline/app/chat"
	"matterline/app/computer"
)

// labels names each account of this computer, by its key, so that no two look the same: by the firm, and with the user or
// the portal where firms look the same. There are none unless there are several accounts.
func labels(accounts []computer.Account) map[string]string {
	names := map[string]string{}
	if len(accounts) < 2 {
		return names
	}
	for _, name := range []func(computer.Account) string{
		firmOf,
		func(acc computer.Account) string { return firmOf(acc) + " (" + chat.Line(acc.User.Name) + ")" },
		func(acc computer.Account) string {
			return firmOf(acc) + " (" + chat.Line(acc.User.Name) + ", " + hostOf(acc) + ")"
		},
	} {
		looks := map[string]int{}
		for _, other := range names {
			looks[chat.Look(other)]++
		}
		for _, acc := range accounts {
			if before, named := names[acc.Key()]; !named || looks[chat.Look(before)] > 1 {
				names[acc.Key()] = name(acc)
			}
		}
	}
	return names
}

// firmOf is the name of an account's firm.
func firmOf(acc computer.Account) string {
	firm := chat.Line(acc.Firm)
	switch {
	case acc.Kind == computer.Demo:
		return "Demo firm"
	case firm == "":
		return hostOf(acc)
	}
	return firm
}

func hostOf(acc computer.Account) string {
	if u, err := url.Parse(acc.Portal); err == nil && u.Host != "" {
		return u.Host
	}
	return acc.Portal
}

// labels names the accounts that are at work. See the function of this name. The App's mutex must be held.
func (a *App) labels() map[string]string {
	var accounts []computer.Account
	for _, o := range a.open {
		if o.counts() {
			accounts = append(accounts, o.account)
		}
	}
	return labels(accounts)
}

// labelOf names an account that may have closed, beside those that are at work.
func (a *App) labelOf(acc computer.Account) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	accounts := []computer.Account{acc}
	for _, o := range a.open {
		if o.counts() && o.account.Key() != acc.Key() {
			accounts = append(accounts, o.account)
		}
	}
	if name := labels(accounts)[acc.Key()]; name != "" {
		return name
	}
	return firmOf(acc)
}

// label names an account if there are several.
func (a *App) label(key string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.labels()[key]
}
