import type { Failure, Hit, WindowBackend } from './backend'
import { failureOf } from './failure'
import { once } from './once'

/** A search over matters, people and messages. */
export class Search {
  text = $state('')
  /** Undefined until something was searched for. */
  hits = $state.raw<Hit[]>()
  failure = $state.raw<Failure>()
  #backend: WindowBackend

  constructor(backend: WindowBackend) {
    this.#backend = backend
  }

  type(text: string) {
    this.text = text
    void this.#look()
  }

  #look = once(async () => {
    const text = this.text.trim()
    try {
      this.hits = text === '' ? undefined : await this.#backend.search(text)
      this.failure = undefined
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  })
}
