package desktop

import "sync"

// sight knows which chat the user has in sight. The page says so, which can't know everything and may have ended.
type sight struct {
	mu     sync.Mutex
	said   string // what the page said last
	hidden bool   // the window is
	locked bool   // the screen is
	silent bool   // the page doesn't answer

	answered func() // see OnPageAnswer
}

// chat returns the chat in sight, or "" for none.
func (s *sight) chat() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hidden || s.locked || s.silent {
		return ""
	}
	return s.said
}

// SetChatInSight says which chat is on screen in the focused window, or "" for none. No notifications are shown for it.
func (a *App) SetChatInSight(participant string) {
	a.sight.mu.Lock()
	defer a.sight.mu.Unlock()
	a.sight.said = participant
}

// ScreenLocked reports whether the computer's screen is locked. Then its user can't see the window.
func (a *App) ScreenLocked() bool {
	a.sight.mu.Lock()
	defer a.sight.mu.Unlock()
	return a.sight.locked
}

// Answer answers EventPing.
func (a *App) Answer() {
	if a.sight.answered != nil {
		a.sight.answered()
	}
}

// OnPageAnswer sets the function that is called when the page answers EventPing. Call it before Start.
func (c *Controls) OnPageAnswer(do func()) { c.app.sight.answered = do }

// SetPageAnswers says whether the page answers. While it doesn't, nothing is in sight.
func (c *Controls) SetPageAnswers(yes bool) {
	s := &c.app.sight
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = !yes
}

// PageEnded says that the page has ended. What it said is no longer true.
func (c *Controls) PageEnded() { c.app.SetChatInSight("") }

// SetHidden says whether the window is hidden.
func (c *Controls) SetHidden(is bool) {
	s := &c.app.sight
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden = is
}

// SetScreenLocked says whether the computer's screen is locked.
func (c *Controls) SetScreenLocked(is bool) {
	s := &c.app.sight
	s.mu.Lock()
	changed := s.locked != is
	s.locked = is
	s.mu.Unlock()
	if changed {
		c.app.window.Emit(EventScreen)
	}
}
