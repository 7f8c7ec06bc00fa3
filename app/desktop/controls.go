package desktop

import (
	"context"

	"matterline/app/alert"
	"matterline/app/computer"
)

// Controls run the app. They aren't methods of App because the front end can call all of App's methods.
type Controls struct{ app *App }

// New makes an app, which Start starts.
func New(o Options) *Controls { return &Controls{newApp(o)} }

// App is what the front end calls.
func (c *Controls) App() *App { return c.app }

// SetWindow gives the app its window, before the front end calls anything.
func (c *Controls) SetWindow(w Window) { c.app.window = w }

// SetTray gives the app its icon in the tray, if there is a tray.
func (c *Controls) SetTray(t Tray) {
	c.app.tray.mu.Lock()
	defer c.app.tray.mu.Unlock()
	c.app.tray.icon = t
}

// Start opens the account that was open last, or shows the start screen.
func (c *Controls) Start() {
	a := c.app
	if err := computer.RemoveParts(a.options.Data); err != nil {
		a.log.Error("remove incomplete files", "error", err)
	}
	if problem := a.settings.Get().Problem; problem != "" {
		a.options.Notifications.Show(alert.Notification{Title: "Matterline", Body: problem, Topic: alert.ProblemTopic})
	}
	if err := a.startLocal(context.Background()); err != nil {
		a.log.Error("start portal on this computer", "error", err)
	}
	a.sendSignOuts()
	erased, err := a.finishErasures("")
	if err != nil {
		a.log.Error("finish deleting a copy", "error", err)
	}
	a.loops.Go(a.keepReporting)
	if err := a.openLast(); err != nil {
		a.showStart(Session{State: "out", Here: a.localAddress(), Problem: a.describeError(err).Message})
	}
	switch start := a.Session(); {
	case erased == "":
	case start.State == "out" && start.Problem == "":
		start.Problem = erased
		a.showStart(start)
	default:
		a.addNotice(erased)
	}
	a.openOthers()
	a.mu.Lock()
	a.started = true
	a.mu.Unlock()
	a.openLink()
}

// openLast opens the demo firm if the options say so, or the account that was open last, or shows the start screen.
func (a *App) openLast() error {
	if a.options.StartDemo {
		return a.StartDemo()
	}
	acc, found, err := a.accounts.LastOpen()
	if err != nil {
		return err
	}
	if found {
		return a.SwitchTo(acc.Key())
	}
	a.showStart(Session{State: "out", Here: a.localAddress()})
	return nil
}

// OpenDemo opens the demo firm in the running app.
func (c *Controls) OpenDemo() {
	if c.app.Session().Demo {
		return
	}
	if err := c.app.StartDemo(); err != nil {
		c.app.log.Error("open the demo", "error", err)
	}
}

// OpenChat makes the window open a chat of an account, and show that account if it shows another. The front end asks first
// if the user would lose something.
func (c *Controls) OpenChat(account string, at ChatAddress) { c.app.goToChat(account, at) }

// Pause pauses notifications.
func (c *Controls) Pause(p alert.Pause) {
	if err := c.app.Pause(p); err != nil {
		c.app.log.Error("pause notifications", "error", err)
	}
}

// CloseToTray reports whether closing the window keeps the app running.
func (c *Controls) CloseToTray() bool { return c.app.settings.Get().CloseToTray }

// ErrorJSON is an error as the front end gets it.
func (c *Controls) ErrorJSON(err error) any { return c.app.errorJSON(err) }

// Close sends the messages that can still be undone, and ends the app.
func (c *Controls) Close() {
	a := c.app
	a.closeAll()
	a.tray.close()
	a.stop()
	a.background.Wait()
	a.loops.Wait()
	a.mu.Lock()
	demo, local := a.demo, a.local
	a.demo, a.local = nil, nil
	a.mu.Unlock()
	if demo != nil {
		if err := demo.Close(); err != nil {
			a.log.Error("close demo", "error", err)
		}
	}
	if local != nil {
		if err := local.Close(); err != nil {
			a.log.Error("close portal on this computer", "error", err)
		}
	}
}

// ShowProblem shows a notification about this computer.
func (c *Controls) ShowProblem(text string) {
	c.app.options.Notifications.Show(alert.Notification{Title: "Matterline", Body: text, Topic: alert.ProblemTopic})
}
