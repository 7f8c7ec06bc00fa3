// What the models ask of whatever stands behind the screen. The window's bridge (Wails) implements
// WindowBackend, the client pages' api (HTTP) implements ChatBackend; nothing else does I/O.
// Field names are those of the Go types, times are integer milliseconds UTC.

import type { AdministrationBackend, Assigning } from './administration'
import type { ComputerBackend } from './computer'
import type { RepliesBackend } from './reply'

/** waiting → sending → sent, or rejected with a reason. */
export type Delivery = 'sent' | 'waiting' | 'sending' | 'rejected'

export interface Message {
  id: string
  /** The author's id: a user's, or the chat's participant's. */
  author: string
  author_name: string
  /** Written by whoever is looking at the screen. */
  mine: boolean
  /** Written by the participant of this chat (else by the firm). */
  from_participant: boolean
  text: string
  written_at: number
  /** 0 while it has not been sent. */
  sent_at: number
  /** The matter's version that brought it; 0 while it has not been sent. */
  version: number
  delivery: Delivery
  /** Until when it can be undone, if it can. */
  leaves_at?: number
  /** A sentence, when rejected. */
  reason: string
  /** current: it stands under Status now; past: it once did; asked: it will when it is delivered. */
  status: '' | 'current' | 'past' | 'asked'
}

export interface StatusPeriod {
  message: string
  /** The message's. */
  version?: number
  text: string
  set_by_name: string
  set_at: number
  /** 0 while it stands. */
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
  /** Oldest first. What is unsent stands behind the newest. */
  messages: Message[]
  /** There are older ones. */
  more: boolean
  /** There are newer ones. */
  newer: boolean
  /** How far the person at the screen has read: the first message above it that is not theirs is new. */
  read_upto: number
  /** How far the participant has read, and when (0: never). Empty on the client pages. */
  their_read_upto: number
  their_read_at: number
  /** Newest first; the first one stands if its ended_at is 0. */
  statuses: StatusPeriod[]
  /** What the user asked of the status and the portal has not confirmed, in order. None on the client pages. */
  decisions?: Unsent[]
  draft: Draft
}

/** What both front ends need to show one chat. */
export interface ChatBackend {
  /** The newest page, or the page before a version. */
  chat(participant: string, before: number): Promise<Chat>
  /** The page that has a version in its middle. */
  chatAround(participant: string, version: number): Promise<Chat>
  /** The page after a version. */
  chatAfter(participant: string, version: number): Promise<Chat>
  /** Sends what was typed in a chat to participants of its matter, each in their own chat. */
  send(draft: string, to: string[], text: string, setStatus: boolean): Promise<Message[]>
  saveDraft(participant: string, draft: Draft): Promise<void>
  /** Say it again as it stands now: puts a rejected or waiting message's text back for writing. */
  editUnsent(id: string): Promise<Draft>
  removeUnsent(id: string): Promise<void>
  markRead(participant: string, version: number): Promise<void>
  /** A hint, with the matters in which something changed; returns how to stop. */
  onChanged(heard: (matters: string[]) => void): () => void
}

/** One thing that was said on this computer and that the portal does not have yet. */
export interface Unsent {
  id: string
  kind: 'message' | 'status' | 'assign'
  matter: string
  /** Empty when the user may no longer see the matter. */
  matter_title: string
  participant: string
  name: string
  text: string
  message: string
  assigned_name: string
  written_at: number
  state: 'waiting' | 'sending' | 'rejected'
  code: string
  /** A sentence, when rejected. */
  reason: string
}

export interface MatterRow {
  id: string
  reference: string
  title: string
  type: string
  /** Assigned to me. */
  mine: boolean
  /** The newest message: whose ("You", a first name, or "Status"), and its first line. */
  last_by: string
  last_text: string
  last_at: number
  unread: number
  /** 0 while it is open. */
  closed_at?: number
}

/** A chat in which the participant has had the last word. */
export interface UnansweredRow {
  matter: string
  title: string
  assigned_name: string
  /** The matter is assigned to me. */
  mine: boolean
  participant: string
  name: string
  role: string
  /** What they said last. */
  text: string
  /** When they said the first thing that nobody has answered. */
  since: number
}

export interface ParticipantRow {
  id: string
  name: string
  role: string
  other_side: boolean
  joined: boolean
  /** Their access has ended; their chat stays. */
  removed: boolean
  /** Until when the link works by which they can join; 0 if there is none. */
  invited_until?: number
  unread: number
}

export interface Matter {
  id: string
  reference: string
  title: string
  type: string
  opened_at: number
  /** 0 while it is open; nothing is written in a closed matter. */
  closed_at: number
  assigned: string
  assigned_name: string
  mine: boolean
  assigning: Assigning | null
  /** The ids of the other users who may open it. */
  team?: string[]
  participants: ParticipantRow[]
}

/** "This chat has something new for you"; one a chat. */
export interface Alert {
  matter: string
  reference: string
  title: string
  participant: string
  name: string
  text: string
  at: number
  version: number
  count: number
}

export interface Freshness {
  /** Current and catching up: it hears what happens. In all others nothing moves until the problem is gone. */
  state:
    | 'current'
    | 'catching_up'
    | 'offline'
    | 'signed_out'
    | 'too_old'
    | 'too_new'
    | 'wrong_address'
    | 'untrusted'
    | 'proxy'
    | 'disk'
  /** When the copy was last known to be complete; 0: never. */
  as_of: number
  /** How much in the outbox waits to be sent, and how much the portal did not take. */
  waiting: number
  refused: number
  /** Of how many chats the user is to say which status stands. */
  undecided: number
  /** Matters pulled, of all that need it, while catching up. */
  done: number
  total: number
  /** A sentence on what is wrong and what to do, when something is; also when only sending is in trouble. */
  problem: string
  /** What can be done here about the problem. */
  next: '' | 'try_again' | 'sign_in'
  /** A sentence on something that holds nothing up, as a clock that is wrong. */
  warning: string
  /** A sentence on what was found damaged on this computer, and what became of it. */
  mended: string
}

export interface Session {
  /** out: nobody is signed in; show the way in. */
  state: 'starting' | 'in' | 'out'
  user: string
  name: string
  firm: string
  portal: string
  demo: boolean
  /** The account's. */
  key: string
  /** Which session this is, of all since the app's start: one account may be opened twice. */
  opened: number
  /** The address of the portal on this computer, if there is one; told while nobody is signed in. */
  here: string
  /** Why the last start did not come in, as a sentence. */
  problem: string
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
  /** With the found words between \u0002 and \u0003. */
  snippet: string
  at: number
}

/** What a search found, and a sentence on a filter that could not be understood. */
export interface Found {
  hits: Hit[]
  problem: string
}

/** Where a message stands in its chat. */
export interface MessagePosition {
  message: string
  version: number
}

/** Where something was said in a chat, the newest first; more: and even more often, longer ago. */
export interface FindResult {
  found: MessagePosition[]
  more: boolean
}

export interface ChatAddress {
  matter: string
  participant: string
}

/** What Go's errors look like here. */
export interface Failure {
  code: string
  message: string
  field: string
}

export interface WindowBackend extends ChatBackend, AdministrationBackend, ComputerBackend, RepliesBackend {
  session(): Promise<Session>
  signIn(address: string, email: string, password: string): Promise<void>
  /** Gives up the sign-in that is under way. */
  cancelSignIn(): Promise<void>
  startDemo(): Promise<void>
  signOut(): Promise<void>
  /** How much the portal does not have yet, and all of it. */
  unsent(): Promise<number>
  outbox(): Promise<Unsent[]>
  /** These matters, or all if none is named. */
  matters(only: string[]): Promise<MatterRow[]>
  /** The names of the participants of each matter. */
  people(): Promise<Record<string, string>>
  matter(id: string): Promise<Matter>
  /** The chats that wait, in these matters or in all. */
  unanswered(only: string[]): Promise<UnansweredRow[]>
  alerts(): Promise<Alert[]>
  /** Makes a message the current status of its chat, or with '' takes the status down. */
  decide(participant: string, message: string): Promise<void>
  /** Somebody else has set the status meanwhile: theirs stays, or this decision is asked for again. */
  keepTheirs(id: string): Promise<void>
  useMine(id: string): Promise<void>
  freshness(): Promise<Freshness>
  /** Ask the syncer to try now. */
  tryAgain(): Promise<void>
  search(text: string): Promise<Found>
  /** The page of a chat around the first message sent at a time or later. */
  chatAt(participant: string, at: number): Promise<Chat>
  findInChat(participant: string, text: string): Promise<FindResult>
  /** Write a chat, or a matter with all its chats, into a file that the user chooses: which, or '' for none. */
  saveChat(participant: string, kind: 'pdf' | 'json'): Promise<string>
  saveMatter(id: string, kind: 'pdf' | 'json'): Promise<string>
  /** The chat on screen in the focused window, or '' when none is: it raises no toast. */
  setChatInSight(participant: string): Promise<void>
  /** Opens a link outside the app. */
  openLink(url: string): Promise<void>
  /** The chat of the user's last click on a notification or a tray entry, once; then an empty address. */
  takeChatToOpen(): Promise<ChatAddress>
  // Hints that something may have changed. They carry no value and may come in any order: ask again.
  onAlerts(hint: () => void): () => void
  onFreshness(hint: () => void): () => void
  onSession(hint: () => void): () => void
  onOpenChat(hint: () => void): () => void
}
