import type { Failure, Matter, WindowBackend } from './backend'
import { failureOf } from './failure'
import { coalesce } from './coalesce'

/** One matter that is open. Another one that is opened is another object: late answers reach nobody. */
export class OpenMatter {
  readonly id: string
  /** Undefined until it has been read, and when it may no longer be seen. */
  value = $state.raw<Matter>()
  failure = $state.raw<Failure>()
  #backend: WindowBackend
  #before: ((value: Matter) => Promise<void>) | undefined

  /** What is done before a matter first shows shows with it, in one frame. */
  constructor(backend: WindowBackend, id: string, before?: (value: Matter) => Promise<void>) {
    this.#backend = backend
    this.id = id
    this.#before = before
  }

  refresh = coalesce(async () => {
    try {
      const value = await this.#backend.matter(this.id)
      await this.#before?.(value)
      this.#before = undefined
      this.value = value
      this.failure = undefined
    } catch (thrown) {
      this.failure = failureOf(thrown)
      if (this.failure.code === 'not_found') this.value = undefined
    }
  })
}
