package desktop

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"matterline/app/chat"
	"matterline/app/computer"
	"matterline/app/portalapi"
	"matterline/app/session"
)

// When a portal says that an account's copy must be deleted, nothing of the account stays on this computer: not the
// copy, not what the user wrote in it, and not the token. That it must happen is stored first, so an app that is killed
// in between finishes at its next start, before it opens anything. Then it reports the erasure, when the portal can be
// reached.
//
// The order matters. The files go before the token: if nothing could be stored, the token makes the portal say it again.

// erase deletes the copy of a session, as its portal said.
func (a *App) erase(s *session.Session, why *chat.Error) {
	o := a.place(s.Key())
	o.changing.Lock()
	defer o.changing.Unlock()
	if a.openOf(s) != o {
		return
	}
	messages, drafts, err := s.Replica().Unsaved(context.Background())
	if err != nil { // a damaged copy is deleted as well
		a.log.Error("count what is deleted with the copy", "error", err)
	}
	a.mu.Lock()
	acc := o.account
	a.mu.Unlock()
	a.eraseStep("told")
	x, err := a.erasures.Begin(computer.Erasure{
		Key: acc.Key(), Kind: acc.Kind, Portal: acc.Portal, Why: why.Message, Messages: messages, Drafts: drafts,
	}, s.Token())
	if err != nil {
		a.log.Error("store that the copy must be deleted", "error", err)
	}
	a.eraseStep("begun")
	token := s.Token()
	a.closeWith(o, (*session.Session).Close)
	a.eraseStep("closed")
	problem, deleted := a.deleteCopy(x)
	if err != nil && deleted { // a disk that was full has room now
		if err := a.erasures.KeepToken(x, token); err != nil {
			a.log.Error("keep the token for the report", "error", err)
		}
	}
	if !deleted {
		a.openLater(acc.Key()) // which deletes it first
	}
	if a.shows(o) { // the user may have opened another account meanwhile
		a.showStart(Session{State: "out", Here: a.localAddress(), Problem: problem})
	} else {
		a.tell(acc, problem)
	}
	a.reportErasures()
}

// deleteCopy deletes the copy of an account, which no session has open, and forgets the account. It returns what the user
// reads on the start screen.
func (a *App) deleteCopy(x computer.Erasure) (problem string, deleted bool) {
	err := computer.RemoveFolder(filepath.Join(a.options.Data, "replicas", x.Key), func() { a.eraseStep("file") })
	if err != nil {
		a.log.Error("delete the copy", "error", err)
		return x.Why + " Your matters on this computer couldn't be deleted completely. Restart Matterline to try again.", false
	}
	a.eraseStep("files")
	if err := a.accounts.Erase(x); err != nil {
		a.log.Error("forget the account", "error", err)
	}
	a.eraseStep("forgotten")
	if err := a.erasures.SetDeleted(x); err != nil {
		a.log.Error("store that the copy is deleted", "error", err)
	}
	a.eraseStep("stored")
	return x.Why + " Your matters on this computer were deleted." + describeLost(x.Messages, x.Drafts), true
}

// describeLost says what the user had written and not sent.
func describeLost(messages, drafts int) string {
	var lost []string
	for _, of := range []struct {
		n          int
		one, other string
	}{{messages, "unsent message", "unsent messages"}, {drafts, "draft", "drafts"}} {
		switch {
		case of.n == 1:
			lost = append(lost, "1 "+of.one)
		case of.n > 1:
			lost = append(lost, fmt.Sprint(of.n, " ", of.other))
		}
	}
	switch {
	case len(lost) == 0:
		return ""
	case messages+drafts == 1:
		return " " + lost[0] + " was deleted, too."
	}
	return " " + strings.Join(lost, " and ") + " were deleted, too."
}

// finishErasures deletes the copies whose deletion was interrupted, or only that of one account if key isn't empty. It
// returns what the user reads about the last of them.
func (a *App) finishErasures(key string) (problem string, err error) {
	keys := []string{key}
	if key == "" {
		all, err := a.erasures.List()
		if err != nil {
			return "", err
		}
		keys = nil
		for _, x := range all {
			keys = append(keys, x.Key)
		}
	}
	for _, key := range keys {
		if about, failed := a.finishErasure(key); about != "" || failed != nil {
			problem, err = about, errors.Join(err, failed)
		}
	}
	return problem, err
}

func (a *App) finishErasure(key string) (problem string, err error) {
	o := a.place(key)
	o.changing.Lock() // so that no copy is deleted twice: the account may return
	defer o.changing.Unlock()
	all, err := a.erasures.List()
	if err != nil {
		return "", err
	}
	for _, x := range all {
		if x.Deleted || x.Key != key {
			continue
		}
		a.closeWith(o, (*session.Session).Close)
		var deleted bool
		if problem, deleted = a.deleteCopy(x); !deleted {
			err = chat.Errorf(chat.DiskFailed, "", "%s", problem)
		}
	}
	return problem, err
}

// The waits before a report is tried again.
const (
	firstReportWait = time.Minute
	lastReportWait  = time.Hour
)

// reportErasures makes keepReporting report now.
func (a *App) reportErasures() {
	select {
	case a.erased <- struct{}{}:
	default:
	}
}

// keepReporting reports the erasures to their portals, until the app closes.
func (a *App) keepReporting() {
	wait := firstReportWait
	for {
		var again <-chan time.Time
		if a.sendErasures() > 0 {
			again = time.After(wait)
			wait = min(2*wait, lastReportWait)
		}
		select {
		case <-a.running.Done():
			return
		case <-again:
		case <-a.erased:
			wait = firstReportWait
		}
	}
}

// sendErasures reports the erasures, and returns how many are left. It runs once at a time, so none is reported twice.
func (a *App) sendErasures() (left int) {
	a.sendingErasures.Lock()
	defer a.sendingErasures.Unlock()
	all, err := a.erasures.List()
	if err != nil {
		a.log.Error("read the erasures", "error", err)
	}
	for _, x := range all {
		if !x.Deleted {
			continue
		}
		if err := a.sendErasure(x); err != nil {
			a.log.Info("report the erasure", "error", err)
			left++
		}
	}
	return left
}

func (a *App) sendErasure(x computer.Erasure) error {
	address := x.Portal
	if x.Kind == computer.Local {
		address = a.localAddress()
	}
	token, err := a.erasures.Token(x)
	if err != nil {
		return err
	}
	in := &portalapi.ErasureInput{}
	in.Body.Token, in.Body.Messages, in.Body.Drafts = token, x.Messages, x.Drafts
	_, err = portalapi.Call(a.running, portalapi.NewClient(address, ""), portalapi.ReportErasure, in)
	if _, rejected := portalapi.ReportErasure.Rejection(err); err != nil && !rejected {
		return err
	}
	return a.erasures.Remove(x) // also if the portal doesn't know the device any more
}
