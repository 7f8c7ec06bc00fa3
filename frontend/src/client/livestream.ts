// The live stream. Plain requests show whether the portal can be reached; the stream only makes changes arrive sooner.
import { isWithin } from './clock'
import type { Api, Live } from './api'

/** Without an event for this long, the stream is dead. */
const maxSilence = 45_000
/** The waits before the next stream, where streams don't work. Each failure doubles the wait. */
const firstWait = 10_000
const longestWait = 300_000
/** A stream that worked is opened again within this time, at random, because a portal that stops ends many. */
const soon = 500

export class LiveStream {
  #api: Api
  #listener: Live
  #stream: { close: () => void } | undefined
  #silent: ReturnType<typeof setTimeout> | undefined
  /** The number of events from this stream. A proxy may let the first one through and hold back the rest. */
  #events = 0
  #wait = 0
  #endedAt = 0
  #again: ReturnType<typeof setTimeout> | undefined
  /** This stream was opened again, before the portal answered anything else. */
  #unasked = false

  constructor(api: Api, listener: Live) {
    this.#api = api
    this.#listener = listener
  }

  /** Call this when the portal has answered. It opens the stream if it's time. */
  connected() {
    if (this.#stream || this.#again || isWithin(this.#wait, this.#endedAt)) return
    this.#open()
  }

  #open() {
    this.#events = 0
    this.#stream = this.#api.live({
      ...this.#listener,
      alive: () => {
        this.#events++
        this.#expectEvent()
        this.#listener.alive()
      },
      lost: () => this.#lost(),
    })
    this.#expectEvent()
  }

  /** Ends the stream. The next call of connected opens a new one. */
  close() {
    this.#stream?.close()
    this.#stream = undefined
    clearTimeout(this.#silent)
    clearTimeout(this.#again)
    this.#again = undefined
    this.#unasked = false
    this.#wait = 0
  }

  #expectEvent() {
    clearTimeout(this.#silent)
    this.#silent = setTimeout(() => this.#lost(), maxSilence)
  }

  #lost() {
    const worked = this.#events > 1
    const wait = worked || this.#unasked ? 0 : Math.min(Math.max(2 * this.#wait, firstWait), longestWait)
    this.close()
    this.#wait = wait
    this.#endedAt = Date.now()
    if (worked) this.#again = setTimeout(() => this.#openAgain(), Math.random() * soon)
    this.#listener.lost(worked)
  }

  #openAgain() {
    this.#again = undefined
    this.#unasked = true
    this.#open()
  }
}
