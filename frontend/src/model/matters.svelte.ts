import type { Failure, MatterFilter, MatterRow, WindowBackend } from './backend'
import { failureOf } from './failure'
import { once } from './once'

/** The list of matters, through one of its filters. */
export class Matters {
  filter = $state<MatterFilter>('mine')
  /** Undefined until they have been read. */
  rows = $state.raw<MatterRow[]>()
  failure = $state.raw<Failure>()
  #backend: WindowBackend

  constructor(backend: WindowBackend) {
    this.#backend = backend
    void this.refresh()
  }

  choose(filter: MatterFilter) {
    this.filter = filter
    void this.refresh()
  }

  refresh = once(async () => {
    try {
      this.rows = await this.#backend.matters(this.filter)
      this.failure = undefined
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  })
}
