import * as app from '../../wailsjs/go/desktop/App'
import { BrowserOpenURL, EventsOn } from '../../wailsjs/runtime/runtime'
import type { WindowBackend } from '../model/backend'

// Wails' generated types have strings where ours name the few that there are.
type Loose<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => Promise<unknown>
    ? (...args: Parameters<T[K]>) => Promise<unknown>
    : T[K]
}

/** The Go side of the window (app/desktop) as the models see it. */
export const bridge = {
  session: app.Session,
  signIn: app.SignIn,
  startDemo: app.StartDemo,
  signOut: app.SignOut,
  matters: app.Matters,
  matter: app.Matter,
  chat: app.Chat,
  send: app.Send,
  saveDraft: (participant, draft) => app.SaveDraft(participant, draft.text, draft.set_status),
  editUnsent: app.EditUnsent,
  removeUnsent: app.RemoveUnsent,
  markRead: app.MarkRead,
  alerts: app.Alerts,
  freshness: app.Freshness,
  tryAgain: app.TryAgain,
  search: app.Search,
  inSight: app.InSight,
  openLink: async (url) => BrowserOpenURL(url),
  onChanged: (heard) => EventsOn('changed', heard),
  onAlerts: (heard) => EventsOn('alerts', heard),
  onFreshness: (heard) => EventsOn('freshness', heard),
  onSession: (heard) => EventsOn('session', heard),
  onOpenChat: (heard) => EventsOn('open-chat', heard),
} satisfies Loose<WindowBackend> as WindowBackend
