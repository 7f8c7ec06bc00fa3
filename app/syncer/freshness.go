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

// State says how the copy relates to the portal.
type State string

const (
	Current    State = "current"     // the copy is complete and follows the portal
	CatchingUp State = "catching_up" // the copy is being completed

	// In all other states syncing waits until a problem is solved. Reading and writing continue.
	Offline      State = "offline"       // the portal doesn't answer
	PortalBusy   State = "busy"          // the portal has too much to do, or restarts
	SignedOut    State = "signed_out"    // the session has ended
	TooOld       State = "too_old"       // the portal is too old for this app
	TooNew       State = "too_new"       // the portal needs a newer app
	WrongAddress State = "wrong_address" // the server at the address is no Matterline portal
	Untrusted    State = "untrusted"     // the portal's certificate isn't trusted
	Proxy        State = "proxy"         // a proxy or the network answers instead of the portal, or blocks the connection
	Disk         State = "disk"          // the copy can't be read or written
)

// Next is what the user can do about a problem in the app.
type Next string

const (
	TryAgain Next = "try_again"
	SignIn   Next = "sign_in"
)

// Freshness says how fresh the copy is.
type Freshness struct {
	State State `json:"state"`
	// AsOf is when the copy was last complete, or 0 for never.
	AsOf int64 `json:"as_of"`
	// Done of Total matters are pulled, while catching up.
	Done  int `json:"done"`
	Total int `json:"total"`
	// Problem is a sentence about what is wrong and what to do about it. Next is what the user can do in the app, and
	// Code names the problem for programs. While State is Current, the problem is about sending.
	Problem string    `json:"problem"`
	Next    Next      `json:"next"`
	Code    chat.Code `json:"code"`
	// Warning is a sentence about something that doesn't stop syncing.
	Warning string `json:"warning"`
}

var states = map[chat.Code]State{
	chat.SignedOut:         SignedOut,
	portalapi.TooOld:       TooOld,
	portalapi.TooNew:       TooNew,
	portalapi.WrongAddress: WrongAddress,
	portalapi.Untrusted:    Untrusted,
	portalapi.Proxy:        Proxy,
	portalapi.Intercepted:  Proxy,
	portalapi.Unavailable:  PortalBusy,
	chat.Busy:              PortalBusy,
	chat.Damaged:           Disk,
	chat.DiskFull:          Disk,
	chat.DiskFailed:        Disk,
	chat.Locked:            Disk,
}

// unreachable reports whether an error may mean that the portal can't be reached at all.
func unreachable(err error) bool {
	switch chat.CodeOf(err) {
	case chat.Unreachable, portalapi.WrongAddress, portalapi.Intercepted, portalapi.Untrusted, portalapi.Proxy:
		return true
	}
	return false
}

// lineTooSlow reports whether a smaller request might have got through.
func lineTooSlow(err error) bool {
	return unreachable(err) || chat.CodeOf(err) == chat.Slow || chat.CodeOf(err) == chat.TooLarge
}

// portalBusy reports whether the same request may succeed after a wait.
func portalBusy(err error) bool {
	switch chat.CodeOf(err) {
	case chat.Busy, chat.TooMany, portalapi.Unavailable:
		return true
	}
	return false
}

// endsConnection reports whether an error would also stop everything else in the connection.
func endsConnection(err error) bool {
	state := states[chat.CodeOf(err)]
	return state == SignedOut || state == Disk
}

// freshness is the current Freshness, with the problems of pulling and pushing.
type freshness struct {
	changed func(Freshness)

	mu                       sync.Mutex
	now                      Freshness
	pullProblem, pushProblem error
}

// Freshness returns how fresh the copy is now.
func (s *Syncer) Freshness() Freshness {
	s.freshness.mu.Lock()
	defer s.freshness.mu.Unlock()
	return s.freshness.now
}

func (fr *freshness) update(change func(*Freshness)) {
	fr.mu.Lock()
	before := fr.now
	change(&fr.now)
	if f := &fr.now; f.State == Current || f.State == CatchingUp {
		f.setProblem(cmp.Or(fr.pullProblem, fr.pushProblem))
	}
	now := fr.now
	fr.mu.Unlock()
	if now != before {
		fr.changed(now)
	}
}

// setProblem describes an error, or removes the problem if it's nil.
func (f *Freshness) setProblem(err error) {
	f.Problem, f.Next, f.Code = "", "", ""
	if err == nil {
		return
	}
	f.Problem, f.Next, f.Code = sentence(err), TryAgain, chat.CodeOf(err)
	if f.Code == chat.SignedOut {
		f.Next = SignIn
	}
}

// sentence describes an error for people.
func sentence(err error) string {
	if e, ok := errors.AsType[*chat.Error](err); ok {
		return e.Message
	}
	return "Something went wrong while syncing. Matterline keeps trying, and your messages are safe."
}

// disconnected records why a connection ended.
func (fr *freshness) disconnected(err error) {
	fr.setPullProblem(nil)
	fr.setPushProblem(nil)
	fr.update(func(f *Freshness) {
		f.Done, f.Total = 0, 0
		f.State = Offline
		if state, known := states[chat.CodeOf(err)]; known {
			f.State = state
		}
		f.setProblem(err)
	})
}

func (fr *freshness) setPullProblem(err error) { fr.set(&fr.pullProblem, err) }
func (fr *freshness) setPushProblem(err error) { fr.set(&fr.pushProblem, err) }

func (fr *freshness) set(problem *error, err error) {
	fr.mu.Lock()
	*problem = err
	fr.mu.Unlock()
	fr.update(func(*Freshness) {})
}

// clockTolerance is how far the computer's clock may be off without a warning.
const clockTolerance = 5 * time.Minute

// clockWarning warns about a clock that is far ahead of the portal's, or far behind.
func clockWarning(ahead time.Duration) string {
	direction := "ahead"
	if ahead < 0 {
		ahead, direction = -ahead, "behind"
	}
	if ahead <= clockTolerance {
		return ""
	}
	by := fmt.Sprintf("%d minutes", int(ahead.Minutes()))
	if ahead >= 2*time.Hour {
		by = fmt.Sprintf("%d hours", int(ahead.Hours()))
	}
	if ahead >= 48*time.Hour {
		by = fmt.Sprintf("%d days", int(ahead.Hours()/24))
	}
	return "This computer's clock is " + by + " " + direction + ". Messages are still sent. Set the right time in the system settings."
}
