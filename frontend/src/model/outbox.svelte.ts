import type { Failure, Unsent, WindowBackend } from './backend'
import type { Desk } from './desk.svelte'
import { failureOf } from './failure'
import { once } from './once'

/** What the portal does not have yet. */
export class Outbox {
  /** In the order of writing, what was refused first; undefined until it has been read. */
  rows = $state.raw<Unsent[]>()
  failure = $state.raw<Failure>()
  /** It is on screen, and to be kept as it is. */
  shown = $state(false)
  #backend: WindowBackend
  #desk: Desk

  constructor(backend: WindowBackend, desk: Desk) {
    this.#backend = backend
    this.#desk = desk
  }

  refresh = once(async () => {
    try {
      const rows = await this.#backend.outbox()
      this.rows = [...rows.filter(refused), ...rows.filter((row) => !refused(row))]
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

  /** Opens the chat that it was written in. */
  open({ matter, participant }: Unsent): Promise<void> {
    return participant ? this.#desk.openChat({ matter, participant }) : this.#desk.openMatter(matter)
  }

  /** Takes a message back into its chat's box. */
  async edit(row: Unsent) {
    await this.open(row)
    await this.#desk.chat?.edit(row.id)
    await this.refresh()
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

export const refused = (row: Unsent) => row.state === 'rejected'
