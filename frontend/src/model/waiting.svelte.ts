import type { Failure, WaitingRow, WindowBackend } from './backend'
import { failureOf } from './failure'
import { kept } from './kept'
import { once } from './once'

/** The chats in which the participant has had the last word, over all matters that the user may open. */
export class Waiting {
  /** Those that wait longest first; undefined until they have been read. */
  rows = $state.raw<WaitingRow[]>()
  failure = $state.raw<Failure>()
  #backend: WindowBackend

  constructor(backend: WindowBackend) {
    this.#backend = backend
    void this.refresh()
  }

  refresh = once(async () => {
    try {
      this.rows = kept(this.rows, await this.#backend.waitingForUs(), (row) => row.participant)
      this.failure = undefined
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  })
}
