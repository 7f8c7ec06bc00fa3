import type { Alert, Chat, Draft, Message, ParticipantRow, StatusPeriod, Unsent } from '../model/backend'

export interface FakeMatter {
  id: string
  reference: string
  title: string
  type: string
  opened_at: number
  assigned: string
  assigned_name: string
  mine: boolean
  closed_at?: number
  team?: string[]
}

export interface FakeChat {
  matter: string
  person: ParticipantRow
  messages: Message[]
  statuses: StatusPeriod[]
  decisions: Unsent[]
  draft: Draft
  readUpto: number
  theirReadUpto: number
  theirReadAt: number
  /** seen is the version up to which it hides the alert until it is due. */
  reminder?: { dueAt: number; seen: number }
}

/** A part of a chat's sent messages, as a page of the chat. */
export function pageOf(chat: FakeChat, part: (sent: Message[]) => Message[]): Chat {
  const { id: participant, name, role, other_side, joined } = chat.person
  const sent = chat.messages.filter((m) => m.version > 0)
  const some = part(sent)
  const newer = some.at(-1) !== sent.at(-1)
  const unsent = newer ? [] : chat.messages.filter((m) => m.version === 0)
  return {
    ...{ matter: chat.matter, participant, name, role, other_side, joined },
    messages: [...some, ...unsent].map((m) => ({ ...m })),
    more: some[0] !== sent[0],
    newer,
    read_upto: chat.readUpto,
    their_read_upto: chat.theirReadUpto,
    their_read_at: chat.theirReadAt,
    reminder_at: chat.reminder?.dueAt ?? 0,
    statuses: chat.statuses.map((s) => ({ ...s })),
    decisions: [...chat.decisions],
    draft: { ...chat.draft },
  }
}

export function currentStatus({ statuses: [newest] }: FakeChat): string {
  return newest?.ended_at === 0 ? newest.message : ''
}

export function endStatus(chat: FakeChat, at: number) {
  for (const m of chat.messages) if (m.status === 'current') m.status = 'past'
  if (chat.statuses[0]) chat.statuses[0].ended_at ||= at
}

export function startStatus(chat: FakeChat, message: Message) {
  endStatus(chat, message.sent_at)
  message.status = 'current'
  const { id, text, author_name, sent_at } = message
  chat.statuses.unshift({ message: id, text, set_by_name: author_name, set_at: sent_at, ended_at: 0 })
}

export function unreadIn(chat: FakeChat): Message[] {
  return chat.messages.filter((m) => !m.mine && m.version > chat.readUpto)
}

/** When a chat's reminder was due, or 0 if it isn't yet. */
export function dueReminder({ reminder }: FakeChat): number {
  return reminder && reminder.dueAt <= Date.now() ? reminder.dueAt : 0
}

/** The alert for a chat in an account. A chat without one has no count and no reminder. */
export function alertOf(account: string, firm: string, file: FakeMatter, chat: FakeChat): Alert {
  const { id: matter, reference, title, mine } = file
  const unread = mine ? unreadIn(chat) : []
  const newest = unread.at(-1) ?? chat.messages.at(-1)
  const { id: participant, name } = chat.person
  const reminder = dueReminder(chat)
  const hidden = !reminder && (newest?.version ?? 0) <= (chat.reminder?.dueAt ? chat.reminder.seen : 0)
  return {
    ...{ account, firm, matter, reference, title, participant, name, reminder },
    ...{ text: newest?.text ?? '', version: newest?.version ?? 0 },
    at: Math.max(newest?.sent_at ?? 0, reminder),
    count: hidden ? 0 : unread.length,
    cover_for: '',
  }
}
