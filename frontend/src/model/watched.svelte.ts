import type { Failure } from './backend'
import { failureOf } from './failure'
import { coalesce } from './coalesce'

/**
 * A value of the backend, read again at each hint that it may have changed. Hints may arrive in any order. Only
 * one read runs at a time, so an old answer never replaces a newer one.
 */
export class Watched<T> {
  value = $state.raw() as T
  failure = $state.raw<Failure>()
  /** Resolves when the value is at least as new as this call. */
  readonly refresh: () => Promise<void>
  /** Stops watching and ignores a read in progress. */
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
    const stop = listen(() => void this.refresh()) // before the first read, so that no hint is missed
    this.close = () => {
      closed = true
      stop()
    }
    void this.refresh()
  }
}
