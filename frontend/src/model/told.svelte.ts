import type { Failure } from './backend'
import { failureOf } from './failure'

/** A value that the backend tells whenever it changes; the first time it must be asked for. */
export class Told<T> {
  value = $state.raw() as T
  failure = $state.raw<Failure>()
  /** Hears no more. */
  close: () => void

  constructor(first: T, ask: () => Promise<T>, listen: (heard: (value: T) => void) => () => void) {
    this.value = first
    let heard = false
    this.close = listen((value) => {
      heard = true
      this.#take(value)
    })
    // What was told meanwhile is newer than the answer.
    ask().then(
      (value) => heard || this.#take(value),
      (thrown) => heard || (this.failure = failureOf(thrown)),
    )
  }

  #take(value: T) {
    this.value = value
    this.failure = undefined
  }
}
