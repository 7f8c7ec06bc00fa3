package syncer

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"time"

	"matterline/app/chat"
	"matterline/app/portalapi"
)

// State is how the copy stands to the portal.
type State string

const (
	Current    State = "current"     // the copy is complete, and hears what happens
	CatchingUp State = "catching_up" // it is being completed

	// In all others nothing moves until the problem is gone; reading and writing go on.
	Offline      State = "offline"       // the portal does not answer
	SignedOut    State = "signed_out"    // the session has ended
	TooOld       State = "too_old"       // the portal is older than this app works with
	TooNew       State = "too_new"       // the portal works with newer apps only
	WrongAddress State = "wrong_address" // something answers that is no Matterline portal
	Untrusted    State = "untrusted"     // nobody vouches for who answers
	Proxy        State = "proxy"         // a proxy answers instead, or does not let us through
	Disk         State = "disk"          // the copy cannot be written or read
)

// Next is what the user can do here about a problem.
type Next string

const (
	TryAgain Next = "try_again"
	SignIn   Next = "sign_in"
)

// Freshness is how fresh the copy is.
type Freshness struct {
	State State `json:"state"`
	// AsOf is when the copy was last complete; 0 is never.
	AsOf int64 `json:"as_of"`
	// Done of Total matters are pulled, while catching up.
	Done  int `json:"done"`
	Total int `json:"total"`
	// Problem is a sentence on what is wrong and what to do about it, Next what can be done here, and Code
	// names the problem for programs. A copy that is current may have one too: then sending is in trouble.
	Problem string    `json:"problem"`
	Next    Next      `json:"next"`
	Code    chat.Code `json:"code"`
	// Warning is a sentence on something that holds nothing up.
	Warning string `json:"warning"`
}

var states = map[chat.Code]State{
	chat.SignedOut:         SignedOut,
	portalapi.TooOld:       TooOld,
	portalapi.TooNew:       TooNew,
	portalapi.WrongAddress: WrongAddress,
	portalapi.Untrusted:    Untrusted,
	portalapi.Proxy:        Proxy,
	chat.Damaged:           Disk,
	chat.DiskFull:          Disk,
	chat.DiskFailed:        Disk,
	chat.Locked:            Disk,
}

// away reports whether err says that the portal may not be there at all.
func away(err error) bool {
	switch chat.CodeOf(err) {
	case chat.Unreachable, portalapi.WrongAddress, portalapi.Untrusted, portalapi.Proxy:
		return true
	}
	return false
}

// final reports whether err ends the connection: nothing else would fare better.
func final(err error) bool {
	state := states[chat.CodeOf(err)]
	return state == SignedOut || state == Disk
}

// standing is the Freshness, with what troubles pulling and pushing by themselves.
type standing struct {
	told func(Freshness)

	mu               sync.Mutex
	now              Freshness
	pulling, pushing error
}

// Freshness is how fresh the copy is now.
func (s *Syncer) Freshness() Freshness {
	s.standing.mu.Lock()
	defer s.standing.mu.Unlock()
	return s.standing.now
}

func (st *standing) set(change func(*Freshness)) {
	st.mu.Lock()
	before := st.now
	change(&st.now)
	if now := &st.now; now.State == Current || now.State == CatchingUp {
		now.explain(cmp.Or(st.pulling, st.pushing))
	}
	now := st.now
	st.mu.Unlock()
	if now != before {
		st.told(now)
	}
}

// explain says what is wrong, or that nothing is.
func (f *Freshness) explain(err error) {
	f.Problem, f.Next, f.Code = "", "", ""
	if err == nil {
		return
	}
	f.Problem, f.Next, f.Code = sentence(err), TryAgain, chat.CodeOf(err)
	if f.Code == chat.SignedOut {
		f.Next = SignIn
	}
}

// sentence is what a person is told of err.
func sentence(err error) string {
	if e, ok := errors.AsType[*chat.Error](err); ok {
		return e.Message
	}
	return "Something went wrong while syncing. Matterline goes on trying, and nothing you wrote is lost."
}

// broken notes that a connection has ended.
func (st *standing) broken(err error) {
	st.troubled(&st.pulling, nil)
	st.troubled(&st.pushing, nil)
	st.set(func(f *Freshness) {
		f.Done, f.Total = 0, 0
		f.State = Offline
		if state, known := states[chat.CodeOf(err)]; known {
			f.State = state
		}
		f.explain(err)
	})
}

// troubled notes what troubles pulling or pushing, or that nothing does.
func (st *standing) troubled(what *error, err error) {
	st.mu.Lock()
	*what = err
	st.mu.Unlock()
	st.set(func(*Freshness) {})
}

// farOff is from where on a clock is wrong rather than a little off.
const farOff = 5 * time.Minute

// clockWarning warns of a clock that is far ahead of the portal's, or behind.
func clockWarning(ahead time.Duration) string {
	way := "ahead"
	if ahead < 0 {
		ahead, way = -ahead, "behind"
	}
	if ahead <= farOff {
		return ""
	}
	by := fmt.Sprintf("%d minutes", int(ahead.Minutes()))
	if ahead >= 2*time.Hour {
		by = fmt.Sprintf("%d hours", int(ahead.Hours()))
	}
	if ahead >= 48*time.Hour {
		by = fmt.Sprintf("%d days", int(ahead.Hours()/24))
	}
	return "This computer's clock is " + by + " " + way + ". Messages are sent all the same; please set it right in the system's settings."
}
