package desktop

// Event is a hint to the front end that something may have changed. The state is set before the hint is sent, and the
// front end asks for it again: hints may overtake each other on their way, so none of them carries a state.
type Event string

// The events. build/generate writes their names for the front end.
const (
	EventChanged     Event = "changed" // carries the ids of the matters that changed
	EventAlerts      Event = "alerts"
	EventFreshness   Event = "freshness"
	EventSession     Event = "session"
	EventAccounts    Event = "accounts" // the accounts on this computer, or how they are
	EventSettings    Event = "settings" // changed by anything but ChangeSettings
	EventReplies     Event = "replies"
	EventFirm        Event = "firm"         // the users, their roles or the firm's settings
	EventOpenChat    Event = "open-chat"    // the user clicked a notification or a tray entry, or opened a link
	EventLinkProblem Event = "link-problem" // a link couldn't be opened
	EventScreen      Event = "screen"       // the computer's screen was locked or unlocked
	EventPing        Event = "ping"         // see Answer
)

// Events are all events.
var Events = []Event{EventChanged, EventAlerts, EventFreshness, EventSession, EventAccounts, EventSettings, EventReplies, EventFirm, EventOpenChat, EventLinkProblem, EventScreen, EventPing}

// ChatAddress names a chat, or a message in it. It names only a matter if the participant is empty, and nothing if the
// matter is.
type ChatAddress struct {
	Account     string `json:"account"` // empty for the account in the window
	Matter      string `json:"matter"`
	Participant string `json:"participant"`
	Message     string `json:"message"`
	Version     int64  `json:"version"` // the message's
}

// goToChat makes the front end open a chat. If the window shows another account, the front end switches with SwitchToChat,
// because the user might lose something. Where nothing can be lost, goToChat switches by itself.
func (a *App) goToChat(account string, at ChatAddress) {
	at.Account = account
	switch in := a.Session(); {
	case in.Key == account:
	case in.State != "in" || in.Locked != "" || in.MustChange:
		a.background.Go(func() {
			if err := a.SwitchToChat(at); err != nil {
				a.log.Info("open a chat's account", "error", err)
			}
		})
		return
	}
	a.mu.Lock()
	a.chatToOpen = at
	a.mu.Unlock()
	a.window.Emit(EventOpenChat)
}

// TakeChatToOpen returns what the user last opened outside the window: by a notification, a tray entry or a link. If its
// account is another than the one in the window, SwitchToChat opens it. Each is returned once. After that the address is
// empty.
func (a *App) TakeChatToOpen() ChatAddress {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := a.chatToOpen
	a.chatToOpen = ChatAddress{}
	return at
}
