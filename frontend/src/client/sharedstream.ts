// One live stream for all tabs of an account. A browser opens only six connections to a portal over HTTP/1.1, and each
// stream takes one for good. The visible tabs take turns: the one that has the lock holds the stream, and passes its
// events on to the others. A tab that can't take part has no stream.
import type { Api, Live } from './api'
import { storageKey } from './base'
import { LiveStream } from './livestream'
import { locks } from './locks'

/** Milliseconds between the holder's signs of life. */
const beat = 10_000
/** After so long without one, the holder is frozen, and another tab takes over. */
const frozenAfter = 30_000

/** What the holder tells the other tabs. */
type Event = { name: keyof Live; data?: unknown } | { name: 'beat' }

export class SharedStream {
  #own: LiveStream
  #listener: Live
  #name: string
  #channel: BroadcastChannel | undefined
  /** Ends this tab's part in the turns. */
  #leave: AbortController | undefined
  #holds = false
  #beats: ReturnType<typeof setInterval> | undefined
  /** Called for each sign of life from the holder. */
  #onSign = () => {}

  constructor(api: Api, account: string, listener: Live) {
    this.#listener = listener
    this.#name = storageKey(`live ${account}`)
    this.#own = new LiveStream(api, {
      heads: (data) => this.#share({ name: 'heads', data }),
      changes: (data) => this.#share({ name: 'changes', data }),
      gone: (data) => this.#share({ name: 'gone', data }),
      totals: (data) => this.#share({ name: 'totals', data }),
      alive: () => this.#share({ name: 'alive' }),
      lost: (data) => this.#share({ name: 'lost', data }),
    })
    if (!locks() || typeof BroadcastChannel === 'undefined') return
    this.#channel = new BroadcastChannel(this.#name)
    this.#channel.onmessage = ({ data }: MessageEvent<Event>) => {
      this.#onSign()
      this.#take(data)
    }
  }

  /** Call this when the portal has answered. It opens the stream if it's time and this tab's turn. */
  connected() {
    if (this.#holds) this.#own.connected()
    else if (this.#channel && !this.#leave) void this.#takeTurns((this.#leave = new AbortController()))
  }

  /** Ends the stream, if this tab holds it. The next call of connected opens a new one. */
  restart() {
    this.#own.close()
  }

  /** Leaves the stream to other tabs, and still gets its events. The next call of connected joins in again. */
  release() {
    this.#leave?.abort()
    this.#leave = undefined
    this.#drop()
  }

  close() {
    this.release()
    this.#channel?.close()
  }

  async #takeTurns({ signal: left }: AbortController) {
    for (let frozen = false; !left.aborted;) {
      const wait = new AbortController()
      const abort = () => wait.abort()
      left.addEventListener('abort', abort)
      const stopWatching = this.#watch(() => {
        frozen = true
        wait.abort()
      })
      let held = false
      const hold = () => {
        held = true
        frozen = false
        stopWatching()
        return this.#hold(left)
      }
      try {
        await locks()!.request(this.#name, frozen ? { steal: true } : { signal: wait.signal }, hold)
      } catch {
        // Another tab took over because this one was frozen, or the wait was aborted.
        if (!held && !wait.signal.aborted) return
      } finally {
        stopWatching()
        left.removeEventListener('abort', abort)
        if (held) this.#drop()
      }
    }
  }

  #hold(left: AbortSignal): Promise<void> {
    if (left.aborted) return Promise.resolve()
    this.#holds = true
    const show = () => this.#channel?.postMessage({ name: 'beat' })
    show()
    this.#beats = setInterval(show, beat)
    this.#own.connected()
    return new Promise((done) => left.addEventListener('abort', () => done()))
  }

  #drop() {
    this.#holds = false
    clearInterval(this.#beats)
    this.#own.close()
  }

  #share(event: Event) {
    this.#take(event)
    this.#channel?.postMessage(event)
  }

  #take(event: Event) {
    if (event.name === 'beat') return
    const take = this.#listener[event.name] as ((data: unknown) => void) | undefined
    take?.(event.data) // a tab with a newer page may send other events
  }

  /** Calls back when the holder shows no sign of life. Returns a function that stops this. */
  #watch(onFrozen: () => void): () => void {
    let timer = setTimeout(onFrozen, frozenAfter)
    this.#onSign = () => {
      clearTimeout(timer)
      timer = setTimeout(onFrozen, frozenAfter)
    }
    return () => {
      clearTimeout(timer)
      this.#onSign = () => {}
    }
  }
}
