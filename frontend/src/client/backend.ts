// The client pages' backend: a copy that follows the portal, and the messages not sent yet.
import type { Chat, ChatBackend, Draft, Failure, Message } from '../model/backend'
import { failureOf } from '../model/failure'
import { newID } from '../model/id'
import { validText } from '../shared/text'
import type { Api, Changes, Heads, Self } from './api'
import { Copy, pageSize, indexOfVersion, type Matter } from './copy'
import { LocalStore, type Unsent } from './localstore'
import { Sender } from './sender'

export type Connection = 'opening' | 'current' | 'offline' | 'signed_out'

const firstWait = 500
const longestWait = 30_000
const maxSilence = 45_000
/** Longer than the portal's heartbeat interval: after such a gap the stream is probably lost. */
const staleAfter = 25_000

export class ClientBackend implements ChatBackend {
  readonly me: Self
  readonly store: LocalStore
  #api: Api
  #copy = new Copy()
  /** The epoch of the portal's store that was copied. */
  #epoch = ''
  /** Resolves when the new copy in progress is complete. Live changes wait for it. */
  #copying: Promise<void> | undefined
  #listeners = new Set<(matters: string[]) => void>()
  #onConnection: (connection: Connection) => void = () => {}
  /** Read marks the portal hasn't confirmed, by participant. */
  #reads = new Map<string, number>()
  #sender: Sender
  #stream: { close: () => void } | undefined
  #silent: ReturnType<typeof setTimeout> | undefined
  #again: ReturnType<typeof setTimeout> | undefined
  #wait = firstWait
  #closed = false
  /** Counts connections, so that a late answer about an old one doesn't end a new one. */
  #connection = 0
  #lastEventAt = 0
  #forget: () => void

  constructor(api: Api, me: Self, store = new LocalStore(me.account)) {
    this.#api = api
    this.me = me
    this.store = store
    this.#sender = new Sender(api, store, {
      confirmed: (message) => this.#confirmed(message),
      changed: (participant) => {
        const matter = this.#copy.of(participant)
        if (matter) this.#notify(matter.id)
      },
    })
    this.#forget = store.onChanged(() => {
      for (const matter of this.#copy.matters.keys()) this.#notify(matter)
    })
  }

  /** Follows the portal until close. */
  open(onConnection: (connection: Connection) => void) {
    this.#onConnection = onConnection
    onConnection('opening')
    this.#connect()
  }

  close() {
    this.#closed = true
    this.#disconnect()
    this.#forget()
  }

  /** Connects now instead of after the wait. */
  retry() {
    this.#wait = firstWait
    this.#connect()
  }

  /** The page is visible again. Phones end the streams of hidden pages. */
  wake() {
    if (Date.now() - this.#lastEventAt > staleAfter || !this.#stream) this.retry()
  }

  /** The device reports that it has no network. */
  offline() {
    void this.#lost()
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
    chat.read_upto = Math.max(chat.read_upto, this.#reads.get(participant) ?? 0)
    return Promise.resolve(chat)
  }

  /** A participant writes to the firm only, so there are no other recipients. */
  async send(participant: string, _to: string[], typed: string): Promise<Message[]> {
    const matter = this.#copy.of(participant)
    if (!matter) throw gone
    const { text, problem } = validText(typed)
    if (problem) throw { code: 'text_invalid', field: 'text', message: problem } satisfies Failure
    const now = Date.now()
    const unsent = { id: newID(now), participant, text, written_at: now, reason: '' }
    this.store.add(unsent)
    this.store.saveDraft(participant, { text: '', set_status: false })
    void this.#sender.send().then(() => (this.#sender.stuck ? this.#lost() : undefined))
    return [this.#waiting(matter, unsent)]
  }

  async saveDraft(participant: string, draft: Draft) {
    this.store.saveDraft(participant, draft)
  }

  async editUnsent(id: string): Promise<Draft> {
    const { participant, text } = this.#withdraw(id)
    const draft = {
      text: [text, this.store.draft(participant)].filter(Boolean).join('\n'),
      set_status: false,
    }
    this.store.saveDraft(participant, draft)
    return draft
  }

  async removeUnsent(id: string) {
    this.#withdraw(id)
  }

  async markRead(participant: string, version: number) {
    this.#reads.set(participant, version)
    await this.#sendReads()
  }

  onChanged(listener: (matters: string[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #notify(matter: string) {
    for (const listener of this.#listeners) listener([matter])
  }

  #withdraw(id: string): Unsent {
    const unsent = this.#sender.isSending(id) ? undefined : this.store.remove(id)
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

  #connect() {
    this.#disconnect()
    if (this.#closed) return
    this.#connection++
    this.#stream = this.#api.live({
      heads: (heads) => void this.#trying(() => this.#catchUp(heads)),
      changes: (page) => void this.#trying(() => this.#applyPage(page)),
      gone: (matter) => {
        this.#copy.matters.delete(matter)
        this.#notify(matter)
      },
      alive: () => this.#alive(),
      lost: () => void this.#lost(),
    })
    this.#alive()
  }

  #disconnect() {
    this.#stream?.close()
    this.#stream = undefined
    clearTimeout(this.#silent)
    clearTimeout(this.#again)
  }

  /** Restarts the timer that treats a silent stream as lost. */
  #alive() {
    this.#lastEventAt = Date.now()
    clearTimeout(this.#silent)
    this.#silent = setTimeout(() => void this.#lost(), maxSilence)
  }

  /** Handles a lost connection. Asking for the signed-in person shows whether the session has ended, too. */
  async #lost() {
    this.#disconnect()
    if (this.#closed) return
    const connection = ++this.#connection
    if (!navigator.onLine) this.#onConnection('offline') // at once, without waiting for the request to fail
    const failure = await this.#api.me().then(
      () => undefined,
      (thrown) => failureOf(thrown),
    )
    if (this.#closed || connection !== this.#connection) return
    if (failure?.code === 'signed_out') return this.#onConnection('signed_out')
    this.#onConnection('offline')
    clearTimeout(this.#again)
    this.#again = setTimeout(() => this.#connect(), this.#wait * (0.5 + Math.random()))
    this.#wait = Math.min(2 * this.#wait, longestWait)
  }

  async #trying(what: () => Promise<void>) {
    try {
      await what()
    } catch {
      if (!this.#closed) await this.#lost()
    }
  }

  async #catchUp(heads: Heads) {
    if (heads.epoch !== this.#epoch) {
      await (this.#copying ??= this.#copyAnew(heads).finally(() => (this.#copying = undefined)))
    }
    for (const matter of this.#copy.reconcile(heads.matters)) await this.#pull(matter)
    for (const { matter } of heads.matters) this.#notify(matter)
    this.#onConnection('current')
    await this.#sender.send()
    if (this.#sender.stuck) return this.#lost()
    this.#wait = firstWait
    await this.#sendReads()
  }

  /**
   * Copies everything: at the start, and when the portal was restored from a backup. Messages the portal no
   * longer has are sent again.
   */
  async #copyAnew(heads: Heads) {
    const copy = new Copy()
    for (const { matter } of heads.matters) await this.#pull(matter, copy)
    const has = new Set([...copy.ownMessages(), ...this.store.unsent()].map((m) => m.id))
    for (const said of this.#copy.ownMessages())
      if (copy.of(said.participant) && !has.has(said.id)) this.store.add({ ...said, reason: '' })
    this.#copy = copy
    this.#epoch = heads.epoch
  }

  async #applyPage(page: Changes) {
    await this.#copying
    if (!this.#copy.apply(page)) await this.#pull(page.matter)
    this.#notify(page.matter)
  }

  async #pull(matter: string, copy = this.#copy) {
    for (let more = true; more;) {
      const page = await this.#api.changes(matter, copy.version(matter))
      copy.apply(page)
      more = page.more
    }
  }

  /** Pulls a sent message into the copy, so that it never leaves the screen. */
  async #confirmed({ id, participant }: Unsent) {
    const matter = this.#copy.of(participant)
    if (matter && !matter.messages.some((m) => m.id === id)) await this.#pull(matter.id)
  }

  async #sendReads() {
    for (const [participant, upto] of this.#reads) {
      await this.#api.markRead(participant, upto).then(
        () => this.#reads.get(participant) === upto && this.#reads.delete(participant),
        () => {}, // the next connection tries again
      )
    }
  }
}

const gone: Failure = {
  code: 'not_found',
  field: '',
  message: 'This chat is no longer available. If you need it, contact the firm.',
}

const alreadySent: Failure = {
  code: 'not_found',
  field: '',
  message: 'This message has already been sent.',
}
