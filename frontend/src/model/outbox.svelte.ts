import type { Failure, Unsent, WindowBackend } from './backend'
import { failureOf } from './failure'
import { coalesce } from './coalesce'

/** What the portal doesn't have yet. */
export class Outbox {
  /** Rejected items first, then in the order of writing. Undefined until read. */
  rows = $state.raw<Unsent[]>()
  failure = $state.raw<Failure>()
  /** Whether it is on screen and must be kept up to date. */
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
