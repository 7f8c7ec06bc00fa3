import type { Failure } from './backend'
import { failureOf } from './failure'
import { coalesce } from './coalesce'

/**
 * A value of the backend's, read again at each hint that it may have changed. Hints may come in any order; there is
 * one read at a time, so an old answer never replaces a newer one.
 */
export class Watched<T> {
  value = $state.raw() as T
  failure = $state.raw<Failure>()
  /** Done when the value is at least as new as this call. */
  readonly refresh: () => Promise<void>
  /** Ends the watching: what is still being read is dropped. */
  readonly close: () => void

  constructor(first: T, read: () => Promise<T>, listen: (hint: () => void) => () => void) {
    this.value = first
    let closed = false
    this.refresh = coalesce(async () => {
      try {
        const value = await read()
        if (closed) return
        this.value = value
        this.failure = undefined
      } catch (thrown) {
        this.failure = failureOf(thrown)
      }
    })
    const stop = listen(() => void this.refresh()) // before the first read, or a hint could be missed
    this.close = () => {
      closed = true
      stop()
    }
    void this.refresh()
  }
}
