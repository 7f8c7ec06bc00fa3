// The client pages' backend: a copy that follows the portal, and the messages not sent yet.
import type { Chat, ChatBackend, Draft, Failure, Message } from '../model/backend'
import { coalesce } from '../model/coalesce'
import { newID } from '../model/id'
import { validText } from '../shared/text'
import type { Api, Outgoing, Self } from './api'
import { indexOfVersion, pageSize, type Matter } from './copy'
import { LocalStore, type Unsent } from './localstore'
import { Sender } from './sender'
import { Syncer, type Connection } from './syncer'

export class ClientBackend implements ChatBackend {
  readonly me: Self
  readonly store: LocalStore
  #api: Api
  #syncer: Syncer
  #sender: Sender
  #listeners = new Set<(matters: string[]) => void>()
  /**
   * Read marks the portal hasn't confirmed, by participant: the ids of the last messages read. If the portal is put back
   * to an earlier state, their versions change.
   */
  #reads = new Map<string, string>()
  #forget: () => void
  #onDraft: (participant: string, draft: Draft) => void = () => {}
  #onConnection: (connection: Connection, trouble?: Failure) => void
  #connection: Connection = 'opening'
  /** Why the portal can't be reached, and why messages can't be sent. */
  #trouble: Failure | undefined
  #sendTrouble: Failure | undefined

  constructor(
    api: Api,
    me: Self,
    onConnection: (connection: Connection, trouble?: Failure) => void,
    store = new LocalStore(me.account),
  ) {
    this.#api = api
    this.#onConnection = onConnection
    this.me = me
    this.store = store
    this.#syncer = new Syncer(api, me.account, {
      connection: (connection, trouble) => {
        this.#connection = connection
        this.#trouble = trouble
        this.#report()
      },
      reached: (again) => this.#reached(again),
      changed: (matter) => this.#notify(matter),
      lost: (messages) => this.#sendAgain(messages),
    })
    this.#sender = new Sender(api, me.account, store, {
      confirmed: (message) => this.#confirmed(message),
      failed: (why, repeatedly) => {
        if (repeatedly) this.#reportSending(why)
        void this.#syncer.check()
      },
      recovered: () => this.#reportSending(undefined),
      changed: (participant) => this.#notifyOf(participant),
    })
    this.#forget = store.onChanged((kind, id) => {
      if (kind === 'draft') this.#onDraft(id, { text: store.draft(id), set_status: false })
      else this.#unsentChanged(id)
    })
  }

  get #copy() {
    return this.#syncer.copy
  }

  /** Follows the portal until close. */
  open(): Promise<void> {
    return this.#syncer.check()
  }

  close() {
    this.#syncer.close()
    this.#sender.close()
    this.#forget()
  }

  /** Tries everything again now. */
  retry() {
    this.#syncer.retry()
    this.#sender.retry()
  }

  /** The device reports that it has no network. */
  offline() {
    this.#syncer.offline()
  }

  setVisible(visible: boolean) {
    this.#syncer.setVisible(visible)
  }

  matters(): Matter[] {
    return [...this.#copy.matters.values()].filter((m) => m.participant !== '')
  }

  /** Unsent messages and drafts for chats the participant can no longer open. */
  undeliverable(): Unsent[] {
    const drafts = Object.entries(this.store.drafts()).map(([participant, text]) => ({
      ...{ id: '', participant, text, written_at: 0, reason: '' },
    }))
    return [...this.store.unsent(), ...drafts].filter((m) => !this.#copy.of(m.participant))
  }

  /** Deletes one of them. */
  removeUndeliverable({ id, participant }: Unsent) {
    if (id) this.store.remove(id)
    else this.store.saveDraft(participant, { text: '', set_status: false })
  }

  chat(participant: string, before: number): Promise<Chat> {
    return this.#page(participant, (matter) => indexOfVersion(before || Infinity, matter) - pageSize)
  }

  chatAround(participant: string, version: number): Promise<Chat> {
    return this.#page(participant, (matter) => indexOfVersion(version, matter) - pageSize / 2)
  }

  chatAfter(participant: string, version: number): Promise<Chat> {
    return this.#page(participant, (matter) => indexOfVersion(version + 1, matter))
  }

  #page(participant: string, from: (matter: Matter) => number): Promise<Chat> {
    const matter = this.#copy.of(participant)
    if (!matter) return Promise.reject(gone)
    const chat = this.#copy.chat(matter, from(matter), from(matter) + pageSize)
    if (!chat.newer) {
      const sent = new Set(matter.messages.map((m) => m.id))
      const unsent = this.store.unsent().filter((m) => m.participant === participant && !sent.has(m.id))
      chat.messages.push(...unsent.map((m) => this.#waiting(matter, m)))
    }
    chat.draft.text = this.store.draft(participant)
    chat.read_upto = Math.max(chat.read_upto, this.#unsentRead(matter))
    return Promise.resolve(chat)
  }

  /** A participant writes to the firm only, so there are no other recipients. */
  async send(participant: string, _to: string[], typed: string): Promise<Message[]> {
    const matter = this.#copy.of(participant)
    if (!matter) throw gone
    const { text, problem } = validText(typed)
    if (problem) throw { code: 'text_invalid', field: 'text', message: problem } satisfies Failure
    // Never before the message written last, even if the clock has been set back.
    const now = Math.max(Date.now(), (this.store.unsent().at(-1)?.written_at ?? 0) + 1)
    const unsent = { id: newID(now), participant, text, written_at: now, reason: '' }
    this.store.add(unsent)
    this.store.saveDraft(participant, { text: '', set_status: false })
    void this.#sender.send()
    return [this.#waiting(matter, unsent)]
  }

  async saveDraft(participant: string, draft: Draft) {
    this.store.saveDraft(participant, draft)
  }

  async editUnsent(id: string): Promise<Draft> {
    const { participant, text } = await this.#withdraw(id)
    const draft = {
      text: [text, this.store.draft(participant)].filter(Boolean).join('\n'),
      set_status: false,
    }
    this.store.saveDraft(participant, draft)
    return draft
  }

  async removeUnsent(id: string) {
    await this.#withdraw(id)
  }

  async markRead(participant: string, version: number) {
    const read = this.#copy.of(participant)?.messages.findLast((m) => m.version <= version)
    if (read) this.#reads.set(participant, read.id)
    await this.#sendReads()
  }

  /** How far the participant has read, unless the portal knows. */
  #unsentRead({ participant, messages }: Matter): number {
    const read = this.#reads.get(participant)
    return messages.find((m) => m.id === read)?.version ?? 0
  }

  /** Calls with a participant's draft when another tab has saved it. */
  onDraft(listener: (participant: string, draft: Draft) => void) {
    this.#onDraft = listener
  }

  onChanged(listener: (matters: string[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #notify(matter: string) {
    for (const listener of this.#listeners) listener([matter])
  }

  #notifyOf(participant: string) {
    const matter = this.#copy.of(participant)
    if (matter) this.#notify(matter.id)
  }

  /** Another tab has added, changed or removed a message. */
  #unsentChanged(id: string) {
    const added = this.store.unsent().find((m) => m.id === id)
    if (added && !added.reason) this.#sender.addedElsewhere()
    // Otherwise it may have been sent, and is missing here until the copy has it.
    else if (!added && !this.#copy.hasMessage(id)) void this.#syncer.check()
    for (const matter of this.#copy.matters.keys()) this.#notify(matter)
  }

  async #withdraw(id: string): Promise<Unsent> {
    const unsent = await this.#sender.withdraw(id)
    if (!unsent) throw alreadySent
    return unsent
  }

  #waiting(matter: Matter, unsent: Unsent): Message {
    return {
      ...unsent,
      author: matter.participant,
      author_name: matter.name,
      mine: true,
      from_participant: true,
      sent_at: 0,
      version: 0,
      delivery: unsent.reason ? 'rejected' : this.#sender.isSending(unsent.id) ? 'sending' : 'waiting',
      status: '',
    }
  }

  #report() {
    this.#onConnection(this.#connection, this.#trouble ?? this.#sendTrouble)
  }

  #reportSending(trouble: Failure | undefined) {
    if (trouble?.code === this.#sendTrouble?.code) return
    this.#sendTrouble = trouble
    if (this.#connection !== 'signed_out') this.#report()
  }

  #reached(again: boolean) {
    if (again) this.#sender.retry()
    void this.#sendReads()
  }

  /** Sends messages again that the portal has lost. */
  #sendAgain(messages: Outgoing[]) {
    const waiting = new Set(this.store.unsent().map((m) => m.id))
    for (const lost of messages) if (!waiting.has(lost.id)) this.store.add({ ...lost, reason: '' })
    if (messages.length > 0) void this.#sender.send()
  }

  /** Pulls a sent message into the copy, so that it never leaves the screen. */
  async #confirmed({ id, participant }: Unsent) {
    const matter = this.#copy.of(participant)
    if (matter) await this.#syncer.pullMessage(matter.id, id)
  }

  #sendReads = coalesce(async () => {
    for (const [participant, read] of this.#reads) {
      const matter = this.#copy.of(participant)
      const upto = matter ? this.#unsentRead(matter) : 0
      if (upto === 0) continue // the portal has lost the message
      await this.#api.markRead(participant, upto).then(
        () => this.#reads.get(participant) === read && this.#reads.delete(participant),
        () => {}, // it's tried again the next time that the portal answers
      )
    }
  })
}

const gone: Failure = {
  code: 'not_found',
  field: '',
  message: 'This chat is no longer available. If you need it, contact the firm.',
}

const alreadySent: Failure = {
  code: 'not_found',
  field: '',
  message: 'This message is already being sent.',
}
