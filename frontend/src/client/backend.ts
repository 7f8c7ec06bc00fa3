// The client pages' backend: a copy that follows the portal, and the messages not sent yet.
import type { Chat, ChatBackend, Draft, Failure, Message } from '../model/backend'
import { failureOf } from '../model/failure'
import { newID } from '../model/id'
import { coalesce } from '../model/coalesce'
import type { Api, Changes, Heads, Self } from './api'
import { Copy, pageSize, placeOf, type Matter } from './copy'
import { Kept, type Unsent } from './localstore'

export type Link = 'opening' | 'current' | 'offline' | 'signed_out'

const firstWait = 500
const longestWait = 30_000
const silence = 45_000
/** Longer than the portal's heartbeat interval: after such a gap the stream is probably lost. */
const doubtful = 25_000

export class ClientBackend implements ChatBackend {
  readonly me: Self
  readonly kept: Kept
  #api: Api
  #copy = new Copy()
  /** The epoch of the portal's store that was copied. */
  #epoch = ''
  /** Resolves when the new copy in progress is complete. Live changes wait for it. */
  #copying: Promise<void> | undefined
  #heard = new Set<(matters: string[]) => void>()
  #linkHeard: (link: Link) => void = () => {}
  /** Read marks the portal hasn't confirmed, by participant. */
  #reads = new Map<string, number>()
  /** Ids of messages the portal may already have, so they can't be taken back. */
  #onTheirWay = new Set<string>()
  #stream: { close: () => void } | undefined
  #silent: ReturnType<typeof setTimeout> | undefined
  #again: ReturnType<typeof setTimeout> | undefined
  #wait = firstWait
  #closed = false
  /** Counts connections, so that a late answer about an old one doesn't end a new one. */
  #connection = 0
  #heardAt = 0
  #forget: () => void

  constructor(api: Api, me: Self, kept = new Kept(me.account)) {
    this.#api = api
    this.me = me
    this.kept = kept
    this.#forget = kept.onChanged(() => {
      for (const matter of this.#copy.matters.keys()) this.#tell(matter)
    })
  }

  /** Follows the portal until close. */
  open(link: (link: Link) => void) {
    this.#linkHeard = link
    link('opening')
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
    if (Date.now() - this.#heardAt > doubtful || !this.#stream) this.retry()
  }

  /** The device reports that it has no network. */
  offline() {
    void this.#lost()
  }

  matters(): Matter[] {
    return [...this.#copy.matters.values()].filter((m) => m.participant !== '')
  }

  /** Unsent messages and drafts for chats the participant can no longer open. */
  stranded(): Unsent[] {
    const drafts = Object.entries(this.kept.drafts()).map(([participant, text]) => ({
      ...{ id: '', participant, text, written_at: 0, reason: '' },
    }))
    return [...this.kept.unsent(), ...drafts].filter((m) => !this.#copy.of(m.participant))
  }

  /** Deletes one of them. */
  drop({ id, participant }: Unsent) {
    if (id) this.kept.remove(id)
    else this.kept.saveDraft(participant, { text: '', set_status: false })
  }

  chat(participant: string, before: number): Promise<Chat> {
    return this.#page(participant, (matter) => placeOf(before || Infinity, matter) - pageSize)
  }

  chatAround(participant: string, version: number): Promise<Chat> {
    return this.#page(participant, (matter) => placeOf(version, matter) - pageSize / 2)
  }

  chatAfter(participant: string, version: number): Promise<Chat> {
    return this.#page(participant, (matter) => placeOf(version + 1, matter))
  }

  #page(participant: string, from: (matter: Matter) => number): Promise<Chat> {
    const matter = this.#copy.of(participant)
    if (!matter) return Promise.reject(gone)
    const chat = this.#copy.chat(matter, from(matter), from(matter) + pageSize)
    if (!chat.newer) {
      const sent = new Set(matter.messages.map((m) => m.id))
      const unsent = this.kept.unsent().filter((m) => m.participant === participant && !sent.has(m.id))
      chat.messages.push(...unsent.map((m) => this.#waiting(matter, m)))
    }
    chat.draft.text = this.kept.draft(participant)
    chat.read_upto = Math.max(chat.read_upto, this.#reads.get(participant) ?? 0)
    return Promise.resolve(chat)
  }

  /** A participant writes to the firm only, so there are no other recipients. */
  async send(participant: string, _to: string[], text: string): Promise<Message[]> {
    const matter = this.#copy.of(participant)
    if (!matter) throw gone
    const now = Date.now()
    const unsent = { id: newID(now), participant, text: text.trim(), written_at: now, reason: '' }
    this.kept.add(unsent)
    this.kept.saveDraft(participant, { text: '', set_status: false })
    void this.#push().then(() => (this.#stuck ? this.#lost() : undefined))
    return [this.#waiting(matter, unsent)]
  }

  async saveDraft(participant: string, draft: Draft) {
    this.kept.saveDraft(participant, draft)
  }

  async editUnsent(id: string): Promise<Draft> {
    const { participant, text } = this.#takeBack(id)
    const draft = { text: [text, this.kept.draft(participant)].filter(Boolean).join('\n'), set_status: false }
    this.kept.saveDraft(participant, draft)
    return draft
  }

  async removeUnsent(id: string) {
    this.#takeBack(id)
  }

  async markRead(participant: string, version: number) {
    this.#reads.set(participant, version)
    await this.#pushReads()
  }

  onChanged(heard: (matters: string[]) => void): () => void {
    this.#heard.add(heard)
    return () => this.#heard.delete(heard)
  }

  #tell(matter: string) {
    for (const heard of this.#heard) heard([matter])
  }

  #takeBack(id: string): Unsent {
    const unsent = this.#onTheirWay.has(id) ? undefined : this.kept.remove(id)
    if (!unsent) throw onItsWay
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
      delivery: unsent.reason ? 'rejected' : this.#onTheirWay.has(unsent.id) ? 'sending' : 'waiting',
      status: '',
    }
  }

  #connect() {
    this.#disconnect()
    if (this.#closed) return
    this.#connection++
    this.#stream = this.#api.live({
      heads: (heads) => void this.#trying(() => this.#catchUp(heads)),
      changes: (page) => void this.#trying(() => this.#take(page)),
      gone: (matter) => {
        this.#copy.matters.delete(matter)
        this.#tell(matter)
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
    this.#heardAt = Date.now()
    clearTimeout(this.#silent)
    this.#silent = setTimeout(() => void this.#lost(), silence)
  }

  /** Handles a lost connection. Asking for the signed-in person shows whether the session has ended, too. */
  async #lost() {
    this.#disconnect()
    if (this.#closed) return
    const connection = ++this.#connection
    if (!navigator.onLine) this.#linkHeard('offline') // at once, without waiting for the request to fail
    const failure = await this.#api.me().then(
      () => undefined,
      (thrown) => failureOf(thrown),
    )
    if (this.#closed || connection !== this.#connection) return
    if (failure?.code === 'signed_out') return this.#linkHeard('signed_out')
    this.#linkHeard('offline')
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
    for (const matter of this.#copy.keep(heads.matters)) await this.#pull(matter)
    for (const { matter } of heads.matters) this.#tell(matter)
    this.#linkHeard('current')
    await this.#push()
    if (this.#stuck) return this.#lost()
    this.#wait = firstWait
    await this.#pushReads()
  }

  /**
   * Copies everything: at the start, and when the portal was restored from a backup. Messages the portal no
   * longer has are sent again.
   */
  async #copyAnew(heads: Heads) {
    const copy = new Copy()
    for (const { matter } of heads.matters) await this.#pull(matter, copy)
    const has = new Set([...copy.said(), ...this.kept.unsent()].map((m) => m.id))
    for (const said of this.#copy.said())
      if (copy.of(said.participant) && !has.has(said.id)) this.kept.add({ ...said, reason: '' })
    this.#copy = copy
    this.#epoch = heads.epoch
  }

  async #take(page: Changes) {
    await this.#copying
    if (!this.#copy.apply(page)) await this.#pull(page.matter)
    this.#tell(page.matter)
  }

  async #pull(matter: string, copy = this.#copy) {
    for (let more = true; more;) {
      const page = await this.#api.changes(matter, copy.version(matter))
      copy.apply(page)
      more = page.more
    }
  }

  /** The last attempt to send failed. */
  #stuck = false

  /** Sends the waiting messages in the order they were written. Repeating an id never makes a second message. */
  #push = coalesce(async () => {
    const waiting = this.kept
      .unsent()
      .filter((m) => !m.reason)
      .slice(0, 100)
    this.#stuck = false
    if (waiting.length === 0) return
    for (const { id } of waiting) this.#onTheirWay.add(id)
    try {
      const messages = waiting.map(({ id, participant, text, written_at }) => ({
        ...{ id, participant, text, written_at },
      }))
      for (const { id, error } of await this.#api.say(messages)) {
        if (error) this.kept.reject(id, error.detail)
        else await this.#confirmed(id, waiting)
      }
    } catch {
      this.#stuck = true // the messages wait for the connection
    } finally {
      for (const { id } of waiting) this.#onTheirWay.delete(id)
      for (const { participant } of waiting) {
        const matter = this.#copy.of(participant)
        if (matter) this.#tell(matter.id)
      }
    }
    if (waiting.length === 100 && !this.#stuck) void this.#push() // there may be more
  })

  /** Removes a message from the local store once the copy has it, so that it never leaves the screen. */
  async #confirmed(id: string, waiting: Unsent[]) {
    const matter = this.#copy.of(waiting.find((m) => m.id === id)!.participant)
    if (matter && !matter.messages.some((m) => m.id === id)) await this.#pull(matter.id)
    this.kept.remove(id)
  }

  async #pushReads() {
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

const onItsWay: Failure = {
  code: 'not_found',
  field: '',
  message: 'This message has already been sent.',
}
