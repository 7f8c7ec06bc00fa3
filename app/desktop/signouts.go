package desktop

import (
	"context"
	"sync"

	"matterline/app/chat"
	"matterline/app/computer"
	"matterline/app/portalapi"
)

// endSession makes the portal end a session, now or once it can be reached. This computer has left it already, or is
// about to.
func (a *App) endSession(acc computer.Account, token string) {
	if acc.Kind != computer.Remote { // runs in this process, perhaps at another address next time
		a.background.Go(func() {
			if err := signOut(a.running, acc.Portal, token); err != nil {
				a.log.Info("sign out at the portal", "error", err)
			}
		})
		return
	}
	if err := a.signOuts.Add(acc.Portal, token); err != nil {
		a.log.Error("keep a sign-out", "error", err)
	}
	a.sendSignOuts()
}

// sendSignOuts starts to tell the portals which sessions have ended on this computer.
func (a *App) sendSignOuts() {
	a.background.Go(func() {
		all, err := a.signOuts.List()
		if err != nil {
			a.log.Error("read sign-outs", "error", err)
		}
		var sending sync.WaitGroup
		for _, o := range all {
			sending.Go(func() { a.sendSignOut(o) })
		}
		sending.Wait()
	})
}

func (a *App) sendSignOut(o computer.SignOut) {
	token, err := a.signOuts.Token(o)
	if err == nil {
		err = signOut(a.running, o.Portal, token)
	}
	if err == nil {
		err = a.signOuts.Remove(o)
	}
	if err != nil {
		a.log.Info("sign out at the portal", "error", err)
	}
}

// signOut ends a session at its portal. A session that has ended already is no error.
func signOut(ctx context.Context, portal, token string) error {
	_, err := portalapi.Call(ctx, portalapi.NewClient(portal, token), portalapi.SignOut, &portalapi.Nothing{})
	if chat.CodeOf(err) == chat.SignedOut {
		return nil
	}
	return err
}
