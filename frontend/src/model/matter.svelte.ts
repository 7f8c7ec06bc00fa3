import type { Failure, Matter, WindowBackend } from './backend'
import { failureOf } from './failure'
import { once } from './once'

/** One matter that is open. Another one that is opened is another object: late answers reach nobody. */
export class OpenMatter {
  readonly id: string
  /** Undefined until it has been read, and when it may no longer be seen. */
  value = $state.raw<Matter>()
  failure = $state.raw<Failure>()
  #backend: WindowBackend

  constructor(backend: WindowBackend, id: string) {
    this.#backend = backend
    this.id = id
  }

  refresh = once(async () => {
    try {
      this.value = await this.#backend.matter(this.id)
      this.failure = undefined
    } catch (thrown) {
      this.failure = failureOf(thrown)
      if (this.failure.code === 'not_found') this.value = undefined
    }
  })
}
