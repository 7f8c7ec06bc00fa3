// A participant's own copy of their matters, in memory, built from the portal's changes.
import type { Chat, Failure, Message, StatusPeriod } from '../model/backend'
import type { Changes, Heads, Outgoing, Totals } from './api'

type Row<K extends keyof Changes> = NonNullable<Changes[K]> extends (infer T)[] ? T : never

/** One matter with the participant's chat in it. */
export interface Matter {
  id: string
  reference: string
  title: string
  closed: boolean
  /** The participant's id, which is also the chat's; empty until it's known. */
  participant: string
  name: string
  version: number
  /** The mark of the change that made the version; empty if it's unknown. */
  mark: string
  /** In the order of versions. */
  messages: Row<'messages'>[]
  statuses: Row<'statuses'>[]
  readUpto: number
}

export class Copy {
  readonly matters = new Map<string, Matter>()
  #users = new Map<string, { name: string; email?: string }>()

  version(matter: string): number {
    return this.matters.get(matter)?.version ?? 0
  }

  mark(matter: string): string {
    return this.matters.get(matter)?.mark ?? ''
  }

  /**
   * Applies a page; a known page changes nothing. Returns false if changes before the page are missing or can't be
   * compared. Throws other_history if the page doesn't continue the history that the copy knows.
   */
  apply(page: Changes): boolean {
    const { after, version } = page
    const matter = this.matters.get(page.matter) ?? emptyMatter(page.matter)
    const { version: have, mark } = matter
    if (after > have) return false
    if (after === have && !agree(mark, page.after_mark)) throw otherHistory
    if (version === have && !agree(mark, page.mark)) throw otherHistory
    if (version === have) matter.mark ||= page.mark ?? ''
    if (version <= have) return true
    if (after < have && mark) return false
    for (const user of page.users ?? []) this.#users.set(user.id, user)
    if (page.info) {
      matter.reference = page.info.reference
      matter.title = page.info.title
      matter.closed = (page.info.closed_at ?? 0) !== 0
    }
    for (const person of page.participants ?? []) {
      matter.participant = person.id
      matter.name = person.name
    }
    matter.messages = merged(matter.messages, page.messages, (a, b) => a.version - b.version)
    matter.statuses = merged(matter.statuses, page.statuses, (a, b) => b.set_at - a.set_at)
    for (const read of page.reads ?? []) matter.readUpto = Math.max(matter.readUpto, read.upto)
    matter.version = version
    matter.mark = page.mark ?? ''
    this.matters.set(page.matter, matter)
    return true
  }

  totals(): Totals {
    const versions = [...this.matters.values()].reduce((sum, { version }) => sum + version, 0)
    return { matters: this.matters.size, versions }
  }

  /** Whether every matter at the portal can continue what the copy has. */
  continues(heads: Heads['matters']): boolean {
    return heads.every(({ matter, version, mark }) => {
      const have = this.version(matter)
      return version > have || (version === have && agree(this.mark(matter), mark))
    })
  }

  /** The matters whose copy is behind its head. */
  behind(heads: Heads['matters']): string[] {
    return heads.filter((head) => this.version(head.matter) < head.version).map((head) => head.matter)
  }

  /** The matters that have no head. */
  missing(heads: Heads['matters']): string[] {
    const named = new Set(heads.map((head) => head.matter))
    return [...this.matters.keys()].filter((matter) => !named.has(matter))
  }

  hasMessage(id: string): boolean {
    return [...this.matters.values()].some((matter) => matter.messages.some((m) => m.id === id))
  }

  /** Everything the participant has sent, ready to send again. */
  ownMessages(): Outgoing[] {
    return [...this.matters.values()].flatMap(({ participant, messages }) =>
      messages
        .filter((m) => m.author === participant)
        .map(({ id, text, written_at }) => ({ id, participant, text, written_at })),
    )
  }

  of(participant: string): Matter | undefined {
    return [...this.matters.values()].find((matter) => matter.participant === participant)
  }

  /** A chat with the messages in a range of indexes, without unsent ones and the draft. */
  chat(matter: Matter, from: number, to: number): Chat {
    return {
      matter: matter.id,
      participant: matter.participant,
      name: matter.name,
      role: '',
      other_side: false,
      joined: true,
      messages: matter.messages.slice(Math.max(0, from), to).map((m) => this.#message(matter, m)),
      more: from > 0,
      newer: to < matter.messages.length,
      read_upto: matter.readUpto,
      their_read_upto: 0,
      their_read_at: 0,
      statuses: matter.statuses.map((s) => this.#period(s)),
      draft: { text: '', set_status: false },
    }
  }

  #message(matter: Matter, m: Row<'messages'>): Message {
    const mine = m.author === matter.participant
    const status = matter.statuses.find((s) => s.message === m.id)
    return {
      ...m,
      author_name: mine ? matter.name : this.#name(m.author),
      author_detail: mine ? '' : (this.#users.get(m.author)?.email ?? ''),
      mine,
      from_participant: mine,
      delivery: 'sent',
      reason: '',
      status: !status ? '' : status.ended_at === 0 ? 'current' : 'past',
    }
  }

  #period(s: Row<'statuses'>): StatusPeriod {
    const { message, text, set_at, ended_at } = s
    return { message, text, set_at, ended_at, set_by_name: this.#name(s.set_by) }
  }

  #name(user: string): string {
    return this.#users.get(user)?.name ?? ''
  }
}

/** Messages per page. */
export const pageSize = 50

/** The index of a chat's first message at a version or later. */
export function indexOfVersion(version: number, { messages }: Matter): number {
  const at = messages.findIndex((m) => m.version >= version)
  return at < 0 ? messages.length : at
}

const emptyMatter = (id: string): Matter => ({
  id,
  reference: '',
  title: '',
  closed: false,
  participant: '',
  name: '',
  version: 0,
  mark: '',
  messages: [],
  statuses: [],
  readUpto: 0,
})

/** Whether the firm has written something the participant hasn't read. */
export const hasUnread = ({ messages, participant, readUpto }: Matter): boolean =>
  messages.some((m) => m.version > readUpto && m.author !== participant)

/** Whether two marks can be of the same change. An unknown mark is never compared. */
const agree = (a?: string, b?: string): boolean => !a || !b || a === b

export const otherHistory: Failure = {
  code: 'other_history',
  field: '',
  message: "The portal's data was put back to an earlier state.",
}

/** Adds or replaces rows by id, and sorts them. */
function merged<T extends { id: string }>(
  rows: T[],
  others: T[] | null | undefined,
  order: (a: T, b: T) => number,
) {
  if (!others?.length) return rows
  const ids = new Set(others.map((row) => row.id))
  return [...rows.filter((row) => !ids.has(row.id)), ...others].sort(order)
}
