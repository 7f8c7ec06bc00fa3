import type { Found, Hit, Matter, MatterRow, Message, ParticipantRow, UnansweredRow } from '../model/backend'
import { fold, foldWords } from '../shared/fold'
import { firstName } from '../shared/person'
import { FakeAccount } from './account'
import { listen, notFound } from './calls'
import { dueReminder, pageOf, startStatus, unreadIn, type FakeChat, type FakeMatter } from './chat'

/** What an account has that the window doesn't show. */
export interface Elsewhere {
  me: { id: string; name: string }
  files: Map<string, FakeMatter>
  chats: Map<string, FakeChat>
}

const page = 50

/** The matters and their chats, as the user reads them. */
export abstract class FakeChats extends FakeAccount {
  chats = new Map<string, FakeChat>()
  files = new Map<string, FakeMatter>()
  /** The accounts that the window doesn't show, by key. */
  elsewhere = new Map<string, Elsewhere>()
  #changed = new Set<(matters: string[]) => void>()
  #alerts = new Set<() => void>()

  // What other people do.

  addMatter(matter: FakeMatter) {
    this.files.set(matter.id, matter)
  }

  addPerson(matter: string, person: Partial<ParticipantRow> & { id: string; name: string }) {
    this.chats.set(person.id, {
      matter,
      person: { role: 'Client', other_side: false, joined: true, removed: false, unread: 0, ...person },
      messages: [],
      statuses: [],
      decisions: [],
      draft: { text: '', set_status: false },
      readUpto: 0,
      theirReadUpto: 0,
      theirReadAt: 0,
    })
  }

  /** A message arrives in a chat: from its participant, or from a user of the firm. */
  receive(
    participant: string,
    text: string,
    at = 1_000,
    by?: { id: string; name: string },
    status = false,
  ): Message {
    const chat = this.findAnywhere(participant)
    const author = by ?? chat.person
    const message: Message = {
      id: `m${++this.version}`,
      author: author.id,
      author_name: author.name,
      mine: author.id === this.me.id,
      from_participant: author.id === participant,
      text,
      written_at: at,
      sent_at: at,
      version: this.version,
      delivery: 'sent',
      reason: '',
      status: '',
    }
    chat.messages.push(message)
    if (status) startStatus(chat, message)
    return message
  }

  changed(...matters: string[]) {
    for (const hint of this.#changed) hint(matters)
    this.hintAlerts()
  }

  protected hintAlerts() {
    for (const hint of this.#alerts) hint()
  }

  // Reading.

  onChanged = (listener: (matters: string[]) => void) => listen(this.#changed, listener)
  onAlerts = (hint: () => void) => listen(this.#alerts, hint)
  matters = (only: string[]) =>
    this.answer(`matters ${only.join(' ')}`, () => this.#rows().filter((row) => named(only, row.id)))
  people = () =>
    this.answer('people', () => {
      const names: Record<string, string> = {}
      for (const { matter, person } of this.chats.values())
        names[matter] = `${names[matter] ?? ''}${person.name} `
      return names
    })

  matter = (id: string) =>
    this.answer(`matter ${id}`, (): Matter => {
      const file = this.files.get(id)
      if (!file) throw notFound
      const participants = [...this.chats.values()]
        .filter((chat) => chat.matter === id)
        .map((chat) => ({ ...chat.person, unread: file.mine ? unreadIn(chat).length : 0 }))
      return { closed_at: 0, team: [], assigning: null, ...file, participants }
    })

  roles = () => this.answer('roles', () => [...new Set([...this.chats.values()].map((h) => h.person.role))])

  unanswered = (only: string[]) =>
    this.answer(`unanswered ${only.join(' ')}`, (): UnansweredRow[] =>
      [...this.chats.values()].flatMap(({ matter, person, messages }) => {
        const last = messages.at(-1)
        const file = this.files.get(matter)
        if (!last?.from_participant || !file || !named(only, matter)) return []
        const { title, assigned_name, mine } = file
        const { id: participant, name, role } = person
        return {
          matter,
          title,
          assigned_name,
          mine,
          participant,
          name,
          role,
          text: last.text,
          since: last.sent_at,
        }
      }),
    )

  #rows(): MatterRow[] {
    return [...this.files.values()].map((file): MatterRow => {
      const chats = [...this.chats.values()].filter((chat) => chat.matter === file.id)
      const last = chats.flatMap((chat) => chat.messages).sort((a, b) => b.version - a.version)[0]
      const by =
        last && (last.status === 'current' ? 'Status' : last.mine ? 'You' : last.author_name.split(' ')[0])
      const unread = file.mine ? chats.reduce((n, chat) => n + unreadIn(chat).length, 0) : 0
      const { id, reference, title, type, mine, opened_at } = file
      return {
        ...{ id, reference, title, type, mine, unread },
        ...{ last_by: by ?? '', last_text: last?.text ?? '', last_at: last?.sent_at ?? opened_at },
        closed_at: file.closed_at ?? 0,
      }
    })
  }

  chat = (participant: string, before: number) =>
    this.answer(`chat ${participant} ${before}`, () => {
      const before0 = before || Infinity
      return pageOf(this.find(participant), (sent) => sent.filter((m) => m.version < before0).slice(-page))
    })

  chatAround = (participant: string, version: number) =>
    this.answer(`chatAround ${participant} ${version}`, () =>
      pageOf(this.find(participant), (sent) => {
        const from = sent.findIndex((m) => m.version >= version)
        return sent.slice(Math.max(0, from - page / 2), from + page / 2)
      }),
    )

  chatAfter = (participant: string, version: number) =>
    this.answer(`chatAfter ${participant} ${version}`, () =>
      pageOf(this.find(participant), (sent) => sent.filter((m) => m.version > version).slice(0, page)),
    )

  chatAt = (participant: string, at: number) =>
    this.answer(`chatAt ${participant} ${at}`, () =>
      pageOf(this.find(participant), (sent) => sent.filter((m) => m.sent_at >= at).slice(0, page)),
    )

  findInChat = (participant: string, text: string) =>
    this.answer(`findInChat ${participant} ${text}`, () => ({
      more: false,
      found: this.find(participant)
        .messages.filter((m) => m.text.includes(text))
        .reverse()
        .map((m) => ({ message: m.id, version: m.version })),
    }))

  search = (text: string) =>
    this.answer(`search ${text}`, (): Found => {
      const terms = foldWords(text)
      const begins = (word: string) => terms.some((term) => word.startsWith(term))
      const has = (text: string) =>
        terms.every((term) => foldWords(text).some((word) => word.startsWith(term)))
      const none = { participant: '', message: '', version: 0, delivery: '' as const, by: '', at: 0 }
      const matters = [...this.files.values()]
        .filter((file) => has(file.title))
        .map(({ id, title, reference }): Hit => ({
          ...{ ...none, kind: 'matter', matter: id, title, snippet: reference },
        }))
      const people = [...this.chats.values()]
        .filter(({ person }) => has(person.name))
        .map(({ matter, person: { id, name, role } }): Hit => ({
          ...{ ...none, kind: 'person', matter, participant: id, title: name, snippet: role },
        }))
      const messages = [...this.chats.values()].flatMap(({ matter, person, messages }) =>
        messages
          .filter((m) => has(m.text))
          .map((m): Hit => ({
            ...{ kind: 'message', matter, participant: person.id, message: m.id, title: person.name },
            ...{ version: m.version, delivery: m.delivery, at: m.sent_at || m.written_at },
            by: m.mine ? 'You' : firstName(m.author_name),
            snippet: m.text.replace(/[\p{L}\p{N}]+/gu, (word) =>
              begins(fold(word)) ? `\u0002${word}\u0003` : word,
            ),
          })),
      )
      messages.sort((a, b) => (b.version || Infinity) - (a.version || Infinity))
      return { hits: [...matters, ...people, ...messages], problem: '' }
    })

  markRead = (participant: string, version: number) =>
    this.answer(`markRead ${participant} ${version}`, () => this.#markRead(this.find(participant), version))

  setReminder = (participant: string, dueAt: number, version: number) =>
    this.answer(`setReminder ${participant} ${dueAt} ${version}`, () =>
      this.#remind(this.find(participant), dueAt, version),
    )

  markAlertRead = (account: string, participant: string, version: number) =>
    this.answer(`markAlertRead ${account} ${participant} ${version}`, () =>
      this.#markRead(this.#findIn(account, participant), version),
    )
  setAlertReminder = (account: string, participant: string, dueAt: number, version: number) =>
    this.answer(`setAlertReminder ${account} ${participant} ${dueAt} ${version}`, () =>
      this.#remind(this.#findIn(account, participant), dueAt, version),
    )

  #markRead(chat: FakeChat, version: number) {
    chat.readUpto = Math.max(chat.readUpto, version)
    if (dueReminder(chat)) chat.reminder = undefined
    this.changed(chat.matter)
  }

  #remind(chat: FakeChat, dueAt: number, version: number) {
    chat.reminder = { dueAt, seen: version }
    this.changed(chat.matter)
  }

  protected find(participant: string): FakeChat {
    const chat = this.chats.get(participant)
    if (!chat) throw notFound
    return chat
  }

  #findIn(account: string, participant: string): FakeChat {
    const chats = account === this.state.key ? this.chats : this.elsewhere.get(account)?.chats
    const chat = chats?.get(participant)
    if (!chat) throw notFound
    return chat
  }

  /** A chat of any account. */
  findAnywhere(participant: string): FakeChat {
    for (const { chats } of [this, ...this.elsewhere.values()]) {
      const chat = chats.get(participant)
      if (chat) return chat
    }
    throw notFound
  }
}

/** Whether a list limited to these ids, or an unlimited one, includes an id. */
const named = (only: string[], id: string) => only.length === 0 || only.includes(id)
