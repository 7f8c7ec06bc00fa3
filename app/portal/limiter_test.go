package portal

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"matterline/app/chat"
)

var errWrong = chat.Errorf(chat.WrongPassword, "password", "Wrong.")

// guessing is a limiter with the clock of a bubble.
type guessing struct {
	*testing.T
	*limiter
}

func withLimiter(t *testing.T, test func(g *guessing)) {
	synctest.Test(t, func(t *testing.T) { test(&guessing{t, newLimiter()}) })
}

// fails makes a number of wrong guesses.
func (g *guessing) fails(account, address string, times int) {
	g.Helper()
	for range times {
		if err := g.try(attempt{account: account, address: address}, func() error { return errWrong }); err != errWrong {
			g.Fatalf("%s from %s: %v", account, address, err)
		}
	}
}

func (g *guessing) signsIn(account, address string) {
	g.Helper()
	if err := g.try(attempt{account: account, address: address}, func() error { return nil }); err != nil {
		g.Fatalf("%s from %s: %v", account, address, err)
	}
}

// refused returns how long the next attempt has to wait.
func (g *guessing) refused(account, address string) time.Duration {
	g.Helper()
	err := g.try(attempt{account: account, address: address}, func() error { g.Fatalf("%s from %s isn't limited", account, address); return nil })
	e, ok := errors.AsType[*chat.Error](err)
	if !ok || e.Code != chat.TooMany || e.RetryAfter <= 0 {
		g.Fatalf("%s from %s: %v", account, address, err)
	}
	return e.RetryAfter
}

func TestGuessingAnAccountIsLimitedPerNetwork(t *testing.T) {
	withLimiter(t, func(g *guessing) {
		g.fails("maya", "203.0.113.1", accountAndNetworkRate.tries)
		wait := g.refused("maya", "203.0.113.1")
		g.signsIn("maya", "203.0.113.2")
		time.Sleep(wait)
		g.fails("maya", "203.0.113.1", 1)
		g.refused("maya", "203.0.113.1")
		time.Sleep(accountAndNetworkRate.period)
		g.fails("maya", "203.0.113.1", accountAndNetworkRate.tries)
	})
}

func TestGuessingManyAccountsIsLimitedPerNetwork(t *testing.T) {
	withLimiter(t, func(g *guessing) {
		for i := range networkRate.tries {
			g.fails(fmt.Sprint("account", i), "203.0.113.1", 1)
		}
		g.refused("another", "203.0.113.1")
		g.signsIn("another", "203.0.113.2")
	})
}

func TestAddressesOfOneIPv6NetworkShareItsLimit(t *testing.T) {
	withLimiter(t, func(g *guessing) {
		for i := range accountAndNetworkRate.tries {
			g.fails("maya", fmt.Sprintf("2001:db8:1:2:%x::1", i), 1)
		}
		g.refused("maya", "2001:db8:1:2:ffff::1")
		g.signsIn("maya", "2001:db8:1:3::1")
	})
}

func TestNetworksOfOneIPv6SiteShareASlowerLimit(t *testing.T) {
	withLimiter(t, func(g *guessing) {
		for i := range siteRate.tries {
			g.fails(fmt.Sprint("account", i), fmt.Sprintf("2001:db8:1:%x::1", i), 1)
		}
		g.refused("another", "2001:db8:1:ffff::1")
		g.signsIn("another", "2001:db8:2::1")
	})
}

func TestIPv4InIPv6IsTheSameAddress(t *testing.T) {
	withLimiter(t, func(g *guessing) {
		g.fails("maya", "::ffff:203.0.113.1", accountAndNetworkRate.tries)
		g.refused("maya", "203.0.113.1")
		g.signsIn("maya", "::ffff:203.0.113.2") // not one big network of IPv4 addresses
	})
}

func TestGuessingAnAccountFromManyNetworksIsLimited(t *testing.T) {
	withLimiter(t, func(g *guessing) {
		for i := range accountRate.tries {
			g.fails("maya", fmt.Sprintf("203.0.%d.%d", i/250, i%250), 1)
		}
		g.refused("maya", "198.51.100.1")
		g.signsIn("ana", "198.51.100.1")
	})
}

func TestTypingErrorsBeforeASignInDontCountForTheOffice(t *testing.T) {
	withLimiter(t, func(g *guessing) {
		for i := range 2 * networkRate.tries {
			person := fmt.Sprint("person", i)
			g.fails(person, "203.0.113.1", 4)
			g.signsIn(person, "203.0.113.1")
		}
	})
}

func TestSigningInDoesntResetTheGuessesForOtherAccounts(t *testing.T) {
	withLimiter(t, func(g *guessing) {
		for i := range networkRate.tries {
			g.fails(fmt.Sprint("account", i), "203.0.113.1", 1)
			if i < networkRate.tries-9 {
				g.fails("guesser", "203.0.113.1", 8)
				g.signsIn("guesser", "203.0.113.1")
			}
		}
		g.refused("another", "203.0.113.1")
	})
}

func TestSigningInDoesntResetTheGuessesFromOtherNetworks(t *testing.T) {
	withLimiter(t, func(g *guessing) {
		for i := range accountRate.tries - 1 {
			g.fails("maya", fmt.Sprintf("203.0.113.%d", i), 1)
			g.signsIn("maya", "198.51.100.1")
		}
		g.fails("maya", "203.0.113.200", 1)
		g.refused("maya", "203.0.113.201")
	})
}

func TestGuessesDontLockOutAKnownDevice(t *testing.T) {
	withLimiter(t, func(g *guessing) {
		for i := range networkRate.tries {
			g.fails("maya", fmt.Sprintf("203.0.113.%d", i), 1)
			g.fails(fmt.Sprint("account", i), "198.51.100.1", 1)
		}
		g.refused("maya", "198.51.100.1")
		known := attempt{account: "maya", address: "198.51.100.1", device: "secret"}
		for range deviceRate.tries {
			if err := g.try(known, func() error { return errWrong }); err != errWrong {
				g.Fatal(err)
			}
		}
		if err := g.try(known, func() error { return nil }); chat.CodeOf(err) != chat.TooMany {
			g.Fatalf("a known device can guess without a limit: %v", err)
		}
	})
}

func TestOnlyGuessesCount(t *testing.T) {
	withLimiter(t, func(g *guessing) {
		a := attempt{account: "maya", address: "203.0.113.1"}
		for range 2 * accountAndNetworkRate.tries {
			for _, err := range []error{chat.Errorf(chat.Busy, "", "Busy."), errors.New("the database is away")} {
				if got := g.try(a, func() error { return err }); got != err {
					g.Fatal(got)
				}
			}
		}
		for range accountAndNetworkRate.tries { // who hangs up may have guessed
			if got := g.try(a, func() error { return context.Canceled }); got != context.Canceled {
				g.Fatal(got)
			}
		}
		g.refused("maya", "203.0.113.1")
	})
}

func TestLimiterKeepsABoundedNumberOfKeys(t *testing.T) {
	withLimiter(t, func(g *guessing) {
		for i := range 9 {
			g.fails("maya", fmt.Sprintf("2001:db8:%x::1", i), accountAndNetworkRate.tries)
		}
		for i := range 3 * maxCounted {
			g.fails(fmt.Sprint("account", i), fmt.Sprintf("2001:%x:%x::1", 0x1000+i>>16, i&0xffff), 1)
		}
		for _, c := range []*counter{g.accountAndNetwork, g.network, g.site, g.account, g.device} {
			if len(c.until) > maxCounted {
				g.Errorf("%d keys", len(c.until))
			}
		}
		// The flood didn't wash out the count of the account under attack.
		g.fails("maya", "198.51.100.1", 10)
		g.refused("maya", "198.51.100.2")
	})
}
