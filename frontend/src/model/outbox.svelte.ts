import type { Failure, Unsent, WindowBackend } from './backend'
import { failureOf } from './failure'
import { coalesce } from './coalesce'

/** What the portal does not have yet. */
export class Outbox {
  /** In the order of writing, what was isRejected first; undefined until it has been read. */
  rows = $state.raw<Unsent[]>()
  failure = $state.raw<Failure>()
  /** It is on screen, and to be kept as it is. */
  shown = $state(false)
  #backend: WindowBackend

  constructor(backend: WindowBackend) {
    this.#backend = backend
  }

  refresh = coalesce(async () => {
    try {
      const rows = await this.#backend.outbox()
      this.rows = [...rows.filter(isRejected), ...rows.filter((row) => !isRejected(row))]
      this.failure = undefined
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  })

  show() {
    this.shown = true
    void this.refresh()
  }

  changed() {
    if (this.shown) void this.refresh()
  }

  copy(row: Unsent): Promise<void> {
    return this.#backend.copy(row.text)
  }

  async remove(row: Unsent) {
    try {
      await this.#backend.removeUnsent(row.id)
      await this.refresh()
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  }
}

export const isRejected = (row: Unsent) => row.state === 'rejected'
