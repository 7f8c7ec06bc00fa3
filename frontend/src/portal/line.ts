// The line to the portal: a live stream that is kept open, and what is done while there is none.
import { failureOf } from '../model/failure'
import type { Api, Changes, Heads } from './api'

export type Link = 'opening' | 'current' | 'offline' | 'signed_out'

/** What is done with what comes. A failure means that the line is no good. */
export interface Listener {
  heads: (heads: Heads) => Promise<void>
  changes: (page: Changes) => Promise<void>
  gone: (matter: string) => Promise<void>
  link: (link: Link) => void
}

const firstWait = 500
const longestWait = 30_000
/** A stream that has said nothing for so long is dead; its first words come at once. */
const silence = 45_000
const firstSilence = 10_000
/** The portal says something every 20 s. */
const overdue = 25_000

export class Line {
  #api: Pick<Api, 'live' | 'heads'>
  #listener: Listener
  #stream: { close: () => void } | undefined
  /** Counts the streams; what comes of an earlier one is late. */
  #turn = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #wait = firstWait
  #openedAt = 0
  #heardAt = 0

  constructor(api: Pick<Api, 'live' | 'heads'>, listener: Listener) {
    this.#api = api
    this.#listener = listener
  }

  open() {
    addEventListener('online', this.#woken)
    addEventListener('offline', this.#asleep)
    document.addEventListener('visibilitychange', this.#seen)
    this.#connect()
  }

  close() {
    removeEventListener('online', this.#woken)
    removeEventListener('offline', this.#asleep)
    document.removeEventListener('visibilitychange', this.#seen)
    this.#disconnect()
  }

  /** Tries at once instead of after the wait, if there is no stream. */
  retry() {
    if (!this.#stream) this.#connect()
  }

  /**
   * The stream is no good. Where a proxy swallows it, asking for the heads now and then takes its place;
   * the answer also tells a lost connection from a session that has ended.
   */
  async lost() {
    if (Date.now() - this.#openedAt > longestWait) this.#wait = firstWait
    const turn = this.#disconnect()
    let link: Link = 'current'
    try {
      await this.#listener.heads(await this.#api.heads())
    } catch (thrown) {
      link = failureOf(thrown).code === 'signed_out' ? 'signed_out' : 'offline'
    }
    if (turn !== this.#turn) return
    this.#timer = setTimeout(() => this.#connect(), this.#wait * (0.5 + Math.random()))
    this.#wait = Math.min(2 * this.#wait, longestWait)
    this.#listener.link(link)
  }

  #connect() {
    const turn = this.#disconnect()
    let before: Promise<void> = Promise.resolve()
    const then = (what: () => Promise<void> | void) => {
      this.#heard(turn, silence)
      before = before.then(async () => {
        if (turn !== this.#turn) return
        try {
          await what()
        } catch {
          if (turn === this.#turn) void this.lost()
        }
      })
    }
    this.#openedAt = Date.now()
    this.#stream = this.#api.live({
      heads: (heads) =>
        then(async () => {
          await this.#listener.heads(heads)
          if (turn === this.#turn) this.#listener.link('current')
        }),
      changes: (page) => then(() => this.#listener.changes(page)),
      gone: (matter) => then(() => this.#listener.gone(matter)),
      ping: () => then(() => {}),
      lost: () => {
        if (turn === this.#turn) void this.lost()
      },
    })
    this.#heard(turn, firstSilence)
  }

  /** Ends what is under way, and begins another turn. */
  #disconnect(): number {
    this.#stream?.close()
    this.#stream = undefined
    clearTimeout(this.#timer)
    return ++this.#turn
  }

  #heard(turn: number, next: number) {
    if (turn !== this.#turn) return
    this.#heardAt = Date.now()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.lost(), next)
  }

  #woken = () => this.#connect()
  #asleep = () => void this.lost()
  /** While nobody looked, the device may have slept, and its timers with it. */
  #seen = () => {
    if (document.visibilityState !== 'visible') return
    if (!this.#stream || Date.now() - this.#heardAt > overdue) this.#connect()
  }
}
