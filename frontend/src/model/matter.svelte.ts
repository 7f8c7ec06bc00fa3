import type { Failure, Matter, WindowBackend } from './backend'
import { failureOf } from './failure'
import { coalesce } from './coalesce'

/** The open matter. Each opened matter is a new object, so that a late answer never shows in another one. */
export class OpenMatter {
  readonly id: string
  /** Undefined until read, and after the user has lost access. */
  value = $state.raw<Matter>()
  failure = $state.raw<Failure>()
  #backend: WindowBackend
  #before: ((value: Matter) => Promise<void>) | undefined

  /** before runs before the matter is first shown, so that both appear in one frame. */
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
