import type { Draft, Freshness, Message, Unsent } from '../model/backend'
import { listen, notFound } from './calls'
import { currentStatus, endStatus, startStatus, type FakeChat } from './chat'
import { FakeChats } from './chats'

/** What the user sends: messages and statuses, which may wait, be undone or be refused. */
export abstract class FakeOutbox extends FakeChats {
  fresh: Freshness = {
    ...{ state: 'current', as_of: 0, waiting: 0, refused: 0, undecided: 0, done: 0, total: 0 },
    ...{ problem: '', next: '', warning: '', mended: '' },
  }
  /** While false, messages wait. */
  online = true
  /** For how many milliseconds a message can be undone before it is sent. */
  undoFor = 0
  #freshness = new Set<() => void>()

  tellFreshness(f: Partial<Freshness>) {
    this.fresh = { ...this.fresh, ...f }
    for (const hint of this.#freshness) hint()
  }

  freshness = () => this.answer('freshness', () => this.fresh)
  onFreshness = (hint: () => void) => listen(this.#freshness, hint)
  tryAgain = () => this.answer('tryAgain', () => {})
  unsent = () => this.answer('unsent', () => this.fresh.waiting)
  outbox = () =>
    this.answer('outbox', () =>
      [...this.chats.values()].flatMap(({ matter, person, messages }) =>
        messages
          .filter((m) => m.version === 0)
          .map(({ id, text, written_at, delivery, reason }): Unsent => ({
            ...{ id, kind: 'message', matter, text, written_at, reason, code: '', message: '' },
            ...{
              matter_title: this.files.get(matter)?.title ?? '',
              participant: person.id,
              name: person.name,
            },
            ...{ assigned_name: '', state: delivery === 'rejected' ? 'rejected' : 'waiting' },
          })),
      ),
    )

  saveDraft = (participant: string, draft: Draft) =>
    this.answer(`saveDraft ${participant} ${draft.text}`, () => {
      this.find(participant).draft = { ...draft }
    })

  send = (draft: string, to: string[], text: string, setStatus: boolean) =>
    this.answer(`send ${to} ${text}${setStatus ? ' as status' : ''}`, () => {
      if (text.trim() === '')
        throw { code: 'text_required', message: 'Write a message first.', field: 'text' }
      const messages = to.map((participant) => {
        const leaves = this.online && this.undoFor === 0
        const message = this.receive(participant, text.trim(), Date.now(), this.me, leaves && setStatus)
        if (leaves) return { ...message }
        const status = setStatus ? ('asked' as const) : ('' as const)
        Object.assign(message, { version: 0, sent_at: 0, delivery: 'waiting', status })
        if (this.online) this.#sendLater(participant, message)
        return { ...message }
      })
      const chat = this.find(draft)
      chat.draft = { text: '', set_status: false }
      this.changed(chat.matter)
      return messages
    })

  #sendLater(participant: string, message: Message) {
    message.leaves_at = Date.now() + this.undoFor
    const chat = this.find(participant)
    const others = chat.messages.filter((m) => m.status === 'asked' && m !== message)
    const saw = others.at(-1)?.id ?? currentStatus(chat)
    setTimeout(() => {
      if (!chat.messages.includes(message)) return // undone
      if (this.files.get(chat.matter)!.closed_at) {
        Object.assign(message, { delivery: 'rejected', leaves_at: 0, reason: 'This matter is closed.' })
        this.#tellRejected()
        return this.changed(chat.matter)
      }
      const asked = message.status === 'asked'
      const version = ++this.version
      chat.messages.splice(chat.messages.indexOf(message), 1)
      chat.messages.push(message)
      Object.assign(message, { version, sent_at: Date.now(), delivery: 'sent', leaves_at: 0, status: '' })
      if (asked && saw === currentStatus(chat)) startStatus(chat, message)
      else if (asked) this.#supersede(chat, message)
      this.changed(chat.matter)
    }, this.undoFor)
  }

  editUnsent = (id: string) =>
    this.answer(`editUnsent ${id}`, (): Draft => {
      const [chat, message] = this.#takeBack(id)
      const text = [message.text, chat.draft.text].filter(Boolean).join('\n')
      return (chat.draft = { text, set_status: message.status === 'asked' })
    })

  removeUnsent = (id: string) =>
    this.answer(`removeUnsent ${id}`, () => {
      this.#takeBack(id)
    })

  #takeBack(id: string): [FakeChat, Message] {
    for (const chat of this.chats.values()) {
      const at = chat.messages.findIndex((m) => m.id === id && m.version === 0)
      if (at < 0) continue
      const [message] = chat.messages.splice(at, 1)
      if (message.delivery === 'rejected') this.#tellRejected()
      return [chat, message]
    }
    throw notFound
  }

  decide = (participant: string, message: string) =>
    this.answer(`decide ${participant} ${message}`, () => {
      const chat = this.find(participant)
      const chosen = chat.messages.find((m) => m.id === message && !m.from_participant)
      if (message !== '' && !chosen) throw notFound
      if (chosen) startStatus(chat, chosen)
      else endStatus(chat, Date.now())
      this.changed(chat.matter)
    })

  keepTheirs = (id: string) =>
    this.answer(`keepTheirs ${id}`, () => {
      const [chat] = this.#takeDecision(id)
      this.changed(chat.matter)
    })
  useMine = (id: string) =>
    this.answer(`useMine ${id}`, () => {
      const [chat, { message }] = this.#takeDecision(id)
      startStatus(
        chat,
        chat.messages.find((m) => m.id === message)!,
      )
      this.changed(chat.matter)
    })

  /** A colleague set another status first. */
  #supersede(chat: FakeChat, { id: message, text, written_at }: Message) {
    chat.decisions.push({
      ...{ id: `d${++this.version}`, kind: 'status', matter: chat.matter, matter_title: '', name: '' },
      ...{ participant: chat.person.id, message, text, assigned_name: '', written_at },
      ...{ state: 'rejected', code: 'superseded', reason: 'Someone else changed the status.' },
    })
    this.#tellRejected()
  }

  #takeDecision(id: string): [FakeChat, Unsent] {
    for (const chat of this.chats.values()) {
      const at = chat.decisions.findIndex((d) => d.id === id && d.code === 'superseded')
      if (at < 0) continue
      const [decision] = chat.decisions.splice(at, 1)
      this.#tellRejected()
      return [chat, decision]
    }
    throw notFound
  }

  #tellRejected() {
    const chats = [...this.chats.values()]
    const rejected = chats.flatMap(({ messages }) => messages.filter((m) => m.delivery === 'rejected'))
    const undecided = chats.filter(({ decisions }) => decisions.some((d) => d.code === 'superseded'))
    this.tellFreshness({ refused: rejected.length, undecided: undecided.length })
  }
}
