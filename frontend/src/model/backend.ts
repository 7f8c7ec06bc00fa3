// What the models need from a backend. desktop/bridge.ts (Wails) implements WindowBackend, client/backend.ts (HTTP)
// implements ChatBackend. Nothing else does I/O. Field names are those of the Go types. Times are integer
// milliseconds UTC.

import type { AccountBackend, TwoStepKey } from './account'
import type { AdministrationBackend, Assigning } from './administration'
import type { ComputerBackend } from './computer'
import type { CoversBackend } from './covers.svelte'
import type { RepliesBackend } from './reply'

/** waiting → sending → sent, or rejected with a reason. */
export type Delivery = 'sent' | 'waiting' | 'sending' | 'rejected'

export interface Message {
  id: string
  /** The id of a user or of the chat's participant. */
  author: string
  author_name: string
  /** Belongs beside the name, because someone else's name looks the same: usually the email. */
  author_detail?: string
  /** Written by the person at the screen. */
  mine: boolean
  /** Written by the chat's participant; otherwise by the firm. */
  from_participant: boolean
  text: string
  written_at: number
  /** 0 while it is unsent. */
  sent_at: number
  /** The version that brought it; 0 while it is unsent. */
  version: number
  delivery: Delivery
  /** Until when it can be undone. */
  leaves_at?: number
  /** A sentence, if it was rejected. */
  reason: string
  /** current: it is the status now; past: it was once; asked: it becomes the status when it is sent. */
  status: '' | 'current' | 'past' | 'asked'
}

export interface StatusPeriod {
  message: string
  /** The message's version. */
  version?: number
  text: string
  set_by_name: string
  set_at: number
  /** 0 while it is the current status. */
  ended_at: number
}

export interface Draft {
  text: string
  set_status: boolean
}

export interface Chat {
  matter: string
  participant: string
  name: string
  role: string
  other_side: boolean
  joined: boolean
  /** Oldest first. Unsent messages come last. */
  messages: Message[]
  /** Whether there are older messages. */
  more: boolean
  /** Whether there are newer messages. */
  newer: boolean
  /** Up to which version the person at the screen has read. */
  read_upto: number
  /** Up to which version the participant has read, and when (0: never). 0 on the client pages. */
  their_read_upto: number
  their_read_at: number
  /** Newest first. The first one is current if its ended_at is 0. */
  statuses: StatusPeriod[]
  /** The user's unconfirmed decisions about the status, oldest first. None on the client pages. */
  decisions?: Unsent[]
  draft: Draft
  /** When the chat reminds the user; 0 if it doesn't. None on the client pages. */
  reminder_at?: number
}

/** What both front ends need for one chat. */
export interface ChatBackend {
  /** The newest page, or the page before a version. */
  chat(participant: string, before: number): Promise<Chat>
  /** The page around a version. */
  chatAround(participant: string, version: number): Promise<Chat>
  /** The page after a version. */
  chatAfter(participant: string, version: number): Promise<Chat>
  /** Sends the text typed in a chat to participants of its matter, each in their own chat. */
  send(draft: string, to: string[], text: string, setStatus: boolean): Promise<Message[]>
  saveDraft(participant: string, draft: Draft): Promise<void>
  /** Moves the text of a waiting or rejected message back into the draft, and returns the draft. */
  editUnsent(id: string): Promise<Draft>
  removeUnsent(id: string): Promise<void>
  markRead(participant: string, version: number): Promise<void>
  /** Calls with the matters in which something changed. Returns a function that stops it. */
  onChanged(listener: (matters: string[]) => void): () => void
}

/** One item in the outbox: done on this device, and not confirmed by the portal. */
export interface Unsent {
  id: string
  kind: 'message' | 'status' | 'assign'
  matter: string
  /** Empty if the user can no longer see the matter. */
  matter_title: string
  participant: string
  name: string
  text: string
  message: string
  assigned_name: string
  written_at: number
  state: 'waiting' | 'sending' | 'rejected'
  code: string
  /** A sentence, if it was rejected. */
  reason: string
}

export interface MatterRow {
  id: string
  reference: string
  title: string
  type: string
  /** Assigned to me. */
  mine: boolean
  /** The newest message's author ("You", a first name, or "Status") and its first line. */
  last_by: string
  last_text: string
  last_at: number
  unread: number
  /** 0 while it is open. */
  closed_at?: number
}

/** A chat that waits for a reply. */
export interface UnansweredRow {
  matter: string
  title: string
  assigned_name: string
  /** The matter is assigned to me. */
  mine: boolean
  participant: string
  name: string
  role: string
  /** Their newest message. */
  text: string
  /** When they sent the first message that has no reply. */
  since: number
}

export interface ParticipantRow {
  id: string
  name: string
  role: string
  other_side: boolean
  joined: boolean
  /** Their access has ended. Their chat stays. */
  removed: boolean
  /** When their invitation link expires; 0 without one. */
  invited_until?: number
  /** The id of their account; empty until they have one. */
  account?: string
  /** When an admin last made a link for a new password, and the admin's id; 0 and '' without one. */
  reset_at?: number
  reset_by?: string
  /** When wrong PINs or emails ended their invitation link; 0 if they didn't. */
  link_blocked?: number
  /** The email they sign in with; empty until they have joined. */
  email?: string
  /** The email, if it belongs beside the name, because someone else's name looks the same. */
  detail?: string
  unread: number
}

export interface Matter {
  id: string
  reference: string
  title: string
  type: string
  opened_at: number
  /** 0 while it is open. A closed matter takes no messages. */
  closed_at: number
  assigned: string
  assigned_name: string
  mine: boolean
  assigning: Assigning | null
  /** The ids of the other users who may open the matter. */
  team?: string[]
  participants: ParticipantRow[]
}

/** "This chat has something new for you." One per chat. */
export interface Alert {
  /** The key of its account. */
  account: string
  /** Names that account, if there are several on this computer. */
  firm: string
  matter: string
  reference: string
  title: string
  participant: string
  name: string
  text: string
  at: number
  version: number
  count: number
  /** When the chat's reminder was due, or 0. If count is 0, nothing is unread, and the text is the newest message's. */
  reminder: number
  /** The assigned user's name, if the user covers for them; otherwise ''. */
  cover_for: string
}

export interface Freshness {
  /** While current or catching_up, the replica is connected. In other states nothing syncs. */
  state:
    | 'current'
    | 'catching_up'
    | 'offline'
    | 'busy'
    | 'signed_out'
    | 'too_old'
    | 'too_new'
    | 'wrong_address'
    | 'untrusted'
    | 'proxy'
    | 'disk'
  /** When the replica was last complete; 0: never. */
  as_of: number
  /** The numbers of waiting and of rejected items in the outbox. */
  waiting: number
  refused: number
  /** The number of chats in which the user must choose a status. */
  undecided: number
  /** While catching up: matters pulled, of all that need it. */
  done: number
  total: number
  /** A sentence on what is wrong and what to do. Also set if only sending fails. */
  problem: string
  /** What the user can do about the problem here. */
  next: '' | 'try_again' | 'sign_in'
  /** A sentence on something harmless, such as a wrong clock. */
  warning: string
  /** A sentence on damaged data on this computer and its repair. */
  mended: string
}

export interface Session {
  /** out: nobody is signed in, so show the start screen. */
  state: 'starting' | 'in' | 'out'
  user: string
  name: string
  /** Empty until the portal has said it. */
  email: string
  /** Someone else chose the user's password, so the user has to choose another. */
  must_change: boolean
  /** The user has no password here, and signs in with the firm's own account. */
  no_password: boolean
  /** The firm's users have no Matterline passwords. */
  sso_only: boolean
  /** Signing in needs a code. */
  two_step: boolean
  /** How many recovery codes are left. */
  recovery_codes: number
  /** The user has yet to say that they saved the recovery codes. */
  recovery_codes_unsaved: boolean
  /** The name of the admin who changed the user's email, or empty. */
  email_set_by: string
  /** The user can have passkeys at this portal, and how many they have. */
  passkeys_work: boolean
  passkeys: number
  firm: string
  portal: string
  demo: boolean
  /** The account's key. */
  key: string
  /** A sentence about another account, until the user has read it. */
  notice: string
  /** Which session this is, of all since the app's start: one account may be opened twice. */
  opened: number
  /** The address of the portal on this computer, while nobody is signed in; empty if there is none. */
  here: string
  /** Why signing in at the start failed, or why the session ended, as a sentence. */
  problem: string
  /** Why the copy can't be read, as a sentence; empty if it can. */
  locked: string
}

export interface Hit {
  kind: 'matter' | 'person' | 'message'
  matter: string
  /** Empty for a matter. */
  participant: string
  message: string
  /** The message's version, or 0 while it's in the outbox. */
  version: number
  /** Empty for a matter or a person. */
  delivery: '' | Message['delivery']
  title: string
  /** Who wrote the message: "You", or a first name. */
  by: string
  /** The matching words are between \u0002 and \u0003. */
  snippet: string
  at: number
}

/** The hits of a search, and a sentence on a filter that couldn't be read. */
export interface Found {
  hits: Hit[]
  problem: string
}

/** A message's position in its chat. */
export interface MessagePosition {
  message: string
  version: number
}

/** Messages found in a chat, newest first. more: there are older ones, too. */
export interface FindResult {
  found: MessagePosition[]
  more: boolean
}

/** What the portal says at a sign-in. */
export interface SignedIn {
  /** Empty unless the code turned on two-step verification. They are never shown again. */
  recovery_codes: string[]
  /** How many wrong codes were tried with the right password since the last sign-in. */
  wrong_codes: number
}

export interface ChatAddress {
  /** The account's key, if it isn't the account in the window. */
  account?: string
  matter: string
  participant: string
  /** A message of the chat, and its version. */
  message?: string
  version?: number
}

/** An error from Go. */
export interface Failure {
  code: string
  message: string
  field: string
  /** How many milliseconds to wait before trying again, if a server asks for it. */
  wait?: number
}

export interface WindowBackend
  extends ChatBackend, AccountBackend, AdministrationBackend, ComputerBackend, CoversBackend, RepliesBackend {
  session(): Promise<Session>
  signIn(address: string, email: string, password: string): Promise<void>
  signInWithCode(address: string, email: string, password: string, code: string): Promise<SignedIn>
  /** Makes the key for an authenticator app, after a sign-in failed with set_up_first. */
  setUpTwoStep(address: string, email: string, password: string): Promise<TwoStepKey>
  /** Signs in with the firm's own account, in the system's browser. It waits until the user is done there. */
  signInAtProvider(address: string): Promise<void>
  /** Signs in with a passkey, in the system's browser. It waits until the user is done there. */
  signInByPasskey(address: string): Promise<void>
  /** Cancels what waits for the browser: a sign-in, a confirmation or a new passkey. */
  cancelSignIn(): Promise<void>
  startDemo(): Promise<void>
  signOut(): Promise<void>
  /** The number of items in the outbox, and the items. */
  unsent(): Promise<number>
  outbox(): Promise<Unsent[]>
  /** These matters, or all of them. */
  matters(only: string[]): Promise<MatterRow[]>
  /** The participants' names, by matter. */
  people(): Promise<Record<string, string>>
  matter(id: string): Promise<Matter>
  /** The chats that wait for a reply, in these matters or in all. */
  unanswered(only: string[]): Promise<UnansweredRow[]>
  /** The alerts of all accounts, newest first. */
  alerts(): Promise<Alert[]>
  /** Reminds the user of a chat, or with 0 no more. Until then it has no alert for messages up to a version. */
  setReminder(participant: string, dueAt: number, version: number): Promise<void>
  /** Marks a chat of any account as read up to a version. */
  markAlertRead(account: string, participant: string, version: number): Promise<void>
  /** Sets the reminder of a chat of any account. See setReminder. */
  setAlertReminder(account: string, participant: string, dueAt: number, version: number): Promise<void>
  /** Makes a message the current status of its chat; '' removes the status. */
  decide(participant: string, message: string): Promise<void>
  /** After a colleague has changed the status: keep theirs, or ask for this decision again. */
  keepTheirs(id: string): Promise<void>
  useMine(id: string): Promise<void>
  freshness(): Promise<Freshness>
  /** Tries to reach the portal now. */
  tryAgain(): Promise<void>
  search(text: string): Promise<Found>
  /** The page of a chat around the first message sent at a time or later. */
  chatAt(participant: string, at: number): Promise<Chat>
  findInChat(participant: string, text: string): Promise<FindResult>
  /** Exports a chat or a whole matter to a file that the user chooses. Returns its path, or '' if they cancel. */
  saveChat(participant: string, kind: 'pdf' | 'json'): Promise<string>
  saveMatter(id: string, kind: 'pdf' | 'json'): Promise<string>
  /** Reports the chat that the user is looking at, or ''. It raises no notifications. */
  setChatInSight(participant: string): Promise<void>
  /** Whether the computer's screen is locked. */
  screenLocked(): Promise<boolean>
  /** Opens a link outside the app. */
  openLink(url: string): Promise<void>
  /** Removes a notice about another account. */
  dismissNotice(text: string): Promise<void>
  /** What the user last opened outside the window, by a notification, a tray entry or a link, once; then an empty
   * address. It may name only a matter. */
  takeChatToOpen(): Promise<ChatAddress>
  /** The link to a matter, a chat in it, or a message in that. */
  link(matter: string, participant: string, message: string): Promise<string>
  /** Why a link couldn't be opened, once; then ''. */
  takeLinkProblem(): Promise<string>
  // Hints that something may have changed. They carry no value and may arrive in any order, so ask again.
  onAlerts(hint: () => void): () => void
  onFreshness(hint: () => void): () => void
  onSession(hint: () => void): () => void
  onOpenChat(hint: () => void): () => void
  onLinkProblem(hint: () => void): () => void
  onScreen(hint: () => void): () => void
}
