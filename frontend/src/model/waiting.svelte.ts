import type { WaitingRow, WindowBackend } from './backend'
import { Listed } from './listed.svelte'

/** The chats in which the participant has had the last word, those that wait longest first. */
export class Waiting extends Listed<WaitingRow> {
  #backend: WindowBackend

  constructor(backend: WindowBackend) {
    super()
    this.#backend = backend
    void this.refresh()
  }

  protected read(only: string[]) {
    return this.#backend.waitingForUs(only)
  }

  protected key = (row: WaitingRow) => row.participant
  protected matter = (row: WaitingRow) => row.matter
  protected order = (a: WaitingRow, b: WaitingRow) =>
    a.since - b.since || (a.participant < b.participant ? -1 : 1)
}
