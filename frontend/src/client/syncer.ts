// Keeps the copy in step with the portal. Plain requests fill it and show whether there is a connection. The live
// stream brings changes sooner. While no stream works, the syncer asks for the heads every few seconds.
import { coalesce } from '../model/coalesce'
import type { Failure } from '../model/backend'
import { failureOf } from '../model/failure'
import type { Api, Changes, Heads, Outgoing, Totals } from './api'
import { isWithin } from './clock'
import { Copy, otherHistory } from './copy'
import { SharedStream } from './sharedstream'
import { unreachable } from './verdict'

export type Connection = 'opening' | 'current' | 'offline' | 'signed_out'

// Milliseconds between questions for the heads, while no stream works.
const askVisible = 5_000
const askHidden = 30_000
// Milliseconds before asking again without an answer. Each failure doubles the wait.
const firstWait = 500
const longestWait = 30_000
/** Longer than the portal's heartbeat interval: after such a gap the stream may be lost. */
const staleAfter = 25_000

export interface SyncerListener {
  /** While offline, trouble is the reason. */
  connection: (connection: Connection, trouble?: Failure) => void
  /** The portal has answered: again, or for the first time, if it hadn't before. */
  reached: (again: boolean) => void
  changed: (matter: string) => void
  /** The portal had these messages of the participant and lost them. */
  lost: (messages: Outgoing[]) => void
}

export class Syncer {
  copy = new Copy()
  #api: Api
  #listener: SyncerListener
  #live: SharedStream
  /** The epoch of the portal's store that was copied. */
  #epoch = ''
  /** The portal's last answer about the heads. */
  #answer: { heads: Heads; etag: string } | undefined
  #connection: Connection = 'opening'
  #trouble: Failure | undefined
  #queue = Promise.resolve()
  #next: ReturnType<typeof setTimeout> | undefined
  #wait = firstWait
  #visible = !document.hidden
  #closed = false
  /** The number of events in a row from the stream, and the time of the last one. */
  #heard = 0
  #heardAt = 0

  constructor(api: Api, account: string, listener: SyncerListener) {
    this.#api = api
    this.#listener = listener
    this.#live = new SharedStream(api, account, {
      heads: (heads) => void this.#try(() => this.#catchUp(heads)),
      changes: (page) => void this.#try(() => this.#apply(page)),
      gone: (matter) => void this.#try(() => this.#pull(matter, this.copy, true)),
      totals: (totals) => void this.#try(() => this.#compare(totals)),
      alive: () => this.#hear(),
      lost: (again) => this.#lost(again),
    })
  }

  /** Asks for the heads now, and catches up. The answer shows whether there is a connection. */
  check = coalesce(async () => {
    clearTimeout(this.#next)
    await this.#try(async () => this.#catchUp(await this.#heads()))
  })

  close() {
    this.#closed = true
    this.#live.close()
    clearTimeout(this.#next)
  }

  /** Tries everything again now: the network may have changed. */
  retry() {
    this.#wait = firstWait
    this.#heard = 0
    this.#live.restart()
    void this.check()
  }

  /** The device reports that it has no network. */
  offline() {
    this.#set('offline', unreachable) // at once, without waiting for a request to fail
    this.retry()
  }

  /** Hidden pages need no stream, and phones end the streams of hidden pages. */
  setVisible(visible: boolean) {
    if (visible === this.#visible) return
    this.#visible = visible
    if (visible && !this.#streamWorks) return this.retry()
    if (visible) this.#live.connected()
    else this.#live.release()
    this.#schedule()
  }

  /** Pulls a matter unless it has a message, which the portal has confirmed. */
  pullMessage(matter: string, message: string): Promise<void> {
    const missing = () => this.copy.matters.get(matter)?.messages.every((m) => m.id !== message)
    return this.#inOrder(async () => {
      if (missing()) await this.#inOneHistory(() => this.#pull(matter))
      if (missing()) await this.#startOver(await this.#heads()) // the copy is of another history
      if (missing()) throw otherHistory // and the portal was put back again
    })
  }

  async #heads(): Promise<Heads> {
    this.#answer = (await this.#api.heads(this.#answer?.etag ?? '')) ?? this.#answer!
    return this.#answer.heads
  }

  /** Runs one step after the other, so that nothing changes the copy during a step. */
  #inOrder(step: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(step)
    this.#queue = done.catch(() => {})
    return done
  }

  async #try(step: () => Promise<void>) {
    try {
      await this.#inOrder(() => this.#inOneHistory(step))
      if (!this.#closed) this.#reached()
    } catch (thrown) {
      const failure = failureOf(thrown)
      if (failure.code === 'signed_out') this.#set('signed_out')
      else this.#set('offline', failure)
    }
    this.#schedule()
  }

  /** Runs a step. If the portal has another history than the copy, it copies everything again instead. */
  async #inOneHistory(step: () => Promise<void>) {
    try {
      await step()
    } catch (thrown) {
      if (failureOf(thrown).code !== 'other_history') throw thrown
      await this.#startOver(await this.#heads())
    }
  }

  #reached() {
    const again = this.#connection !== 'current'
    this.#wait = firstWait
    this.#set('current')
    if (this.#visible) this.#live.connected()
    this.#listener.reached(again)
  }

  #set(connection: Connection, trouble?: Failure) {
    if (this.#closed || (connection === this.#connection && trouble?.code === this.#trouble?.code)) return
    this.#connection = connection
    this.#trouble = trouble
    this.#listener.connection(connection, trouble)
  }

  /** Plans the next question for the heads. */
  #schedule() {
    clearTimeout(this.#next)
    if (this.#closed) return
    let wait = this.#visible ? askVisible : askHidden
    if (this.#connection !== 'current') {
      wait = Math.max(this.#wait * (0.5 + Math.random()), this.#trouble?.wait ?? 0)
      this.#wait = Math.min(2 * this.#wait, longestWait)
    } else if (this.#streamWorks) wait = staleAfter
    this.#next = setTimeout(() => void this.check(), wait)
  }

  get #streamWorks() {
    return this.#heard > 1 && isWithin(staleAfter, this.#heardAt)
  }

  #hear() {
    this.#heard++
    this.#heardAt = Date.now()
    if (this.#connection === 'current') this.#schedule()
  }

  #lost(again?: boolean) {
    this.#heard = 0
    if (!again) void this.check()
    else if (this.#connection === 'current') this.#schedule()
  }

  /** Brings the copy up to date with the heads. */
  async #catchUp(heads: Heads) {
    const continues = () => heads.epoch === this.#epoch && this.copy.continues(heads.matters)
    // Changes may have overtaken these heads. Heads that are requested during a step are never older than the copy.
    if (this.#epoch && !continues()) heads = await this.#heads()
    if (continues()) await this.#follow(heads, this.copy)
    else await this.#startOver(heads)
  }

  /** Copies everything: at the start, and when the portal was put back to an earlier state. */
  async #startOver(heads: Heads) {
    const before = this.copy
    const copy = new Copy()
    await this.#follow(heads, copy)
    const has = new Set(copy.ownMessages().map((m) => m.id))
    const lost = before.ownMessages().filter((m) => copy.of(m.participant) && !has.has(m.id))
    this.copy = copy
    this.#epoch = heads.epoch
    this.#listener.lost(lost)
    for (const matter of new Set([...before.matters.keys(), ...copy.matters.keys()]))
      this.#listener.changed(matter)
  }

  /** Pulls into a copy what is newer than it has, and the matters that the heads don't name, which may be gone. */
  async #follow({ matters }: Heads, copy: Copy) {
    const missing = this.copy.missing(matters)
    for (const matter of copy.behind(matters)) await this.#pull(matter, copy)
    for (const matter of missing) await this.#pull(matter, copy, true)
  }

  /** Catches up if the copy, which has taken in the stream's events until now, has missed something. */
  async #compare({ matters, versions }: Totals) {
    const have = this.copy.totals()
    if (have.matters !== matters || have.versions !== versions) await this.#catchUp(await this.#heads())
  }

  async #apply(page: Changes) {
    if (!this.copy.apply(page)) await this.#pull(page.matter)
    this.#listener.changed(page.matter)
  }

  /**
   * Pulls a matter, or removes it if the portal says twice that the participant may not see it. gone means that the
   * portal has said so once. That may have arrived late: the participant may see the matter again, and only this copy
   * may still have messages that a portal lost which was put back to an earlier state.
   */
  async #pull(matter: string, copy = this.copy, gone = false) {
    for (let more = true; more;) {
      try {
        const page = await this.#api.changes(matter, copy.version(matter), copy.mark(matter))
        copy.apply(page)
        more = page.more
      } catch (thrown) {
        if (failureOf(thrown).code !== 'not_found') throw thrown
        if (gone) copy.matters.delete(matter)
        more = !gone
        gone = true
      }
    }
    if (copy === this.copy) this.#listener.changed(matter)
  }
}
