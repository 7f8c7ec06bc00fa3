import * as app from '../../wailsjs/go/desktop/App'
import { BrowserOpenURL, ClipboardSetText, EventsOn } from '../../wailsjs/runtime/runtime'
import type { WindowBackend } from '../model/backend'
import { events } from './events.gen'

// Wails generates string where our types name the possible values.
type Loose<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => Promise<unknown>
    ? (...args: Parameters<T[K]>) => Promise<unknown>
    : T[K]
}

/** The Go side (app/desktop) as a backend for the models. */
export const bridge = {
  session: app.Session,
  signIn: app.SignIn,
  cancelSignIn: app.CancelSignIn,
  startDemo: app.StartDemo,
  signOut: app.SignOut,
  unsent: app.Unsent,
  outbox: app.Outbox,
  knownAccounts: app.Accounts,
  switchTo: app.SwitchTo,
  showStart: app.ShowStart,
  checkPortal: app.CheckPortal,
  createFirm: app.CreateFirm,
  settings: app.Settings,
  changeSettings: (settings) => app.ChangeSettings(settings),
  pause: app.Pause,
  about: app.About,
  openDataFolder: app.OpenDataFolder,
  saveDiagnostics: app.SaveDiagnostics,
  lastChat: app.LastChat,
  saveLastChat: app.SaveLastChat,
  matters: app.Matters,
  people: app.People,
  matter: app.Matter,
  unanswered: app.Unanswered,
  chat: app.Chat,
  chatAround: app.ChatAround,
  chatAfter: app.ChatAfter,
  chatAt: app.ChatAt,
  findInChat: app.FindInChat,
  send: app.Send,
  saveDraft: (participant, draft) => app.SaveDraft(participant, draft.text, draft.set_status),
  editUnsent: app.EditUnsent,
  removeUnsent: app.RemoveUnsent,
  decide: app.Decide,
  keepTheirs: app.KeepTheirs,
  useMine: app.UseMine,
  markRead: app.MarkRead,
  alerts: app.Alerts,
  freshness: app.Freshness,
  tryAgain: app.TryAgain,
  search: app.Search,
  saveChat: app.SaveChat,
  saveMatter: app.SaveMatter,
  setChatInSight: app.SetChatInSight,
  users: app.Users,
  addUser: app.AddUser,
  editUser: app.EditUser,
  openMatter: ({ reference, title, type }, assigned, team) =>
    app.OpenMatter(reference, title, type, assigned, team),
  editMatter: (id, { reference, title, type }) => app.EditMatter(id, reference, title, type),
  closeMatter: app.CloseMatter,
  assign: app.AssignTo,
  setTeam: app.SetTeam,
  addParticipant: (matter, { name, role, other_side }) => app.AddParticipant(matter, name, role, other_side),
  editParticipant: (id, { name, role, other_side }) => app.EditParticipant(id, name, role, other_side),
  removeParticipant: app.RemoveParticipant,
  invite: app.Invite,
  revokeInvitation: app.RevokeInvitation,
  roles: app.Roles,
  replies: app.Replies,
  saveReply: (reply) => app.SaveReply(reply),
  removeReply: app.RemoveReply,
  copy: async (text) => {
    if (!(await ClipboardSetText(text))) throw new Error('no clipboard')
  },
  openLink: async (url) => BrowserOpenURL(url),
  takeChatToOpen: app.TakeChatToOpen,
  onChanged: (hint) => EventsOn(events.changed, hint),
  onAlerts: (hint) => EventsOn(events.alerts, hint),
  onFreshness: (hint) => EventsOn(events.freshness, hint),
  onSession: (hint) => EventsOn(events.session, hint),
  onSettings: (hint) => EventsOn(events.settings, hint),
  onReplies: (hint) => EventsOn(events.replies, hint),
  onOpenChat: (hint) => EventsOn(events.openChat, hint),
} satisfies Loose<WindowBackend> as WindowBackend
