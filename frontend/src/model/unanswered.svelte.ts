import type { UnansweredRow, WindowBackend } from './backend'
import { MatterRows } from './matterrows.svelte'

/** The chats that wait for a reply, longest wait first. */
export class Unanswered extends MatterRows<UnansweredRow> {
  #backend: WindowBackend

  constructor(backend: WindowBackend) {
    super()
    this.#backend = backend
    void this.refresh()
  }

  protected read(only: string[]) {
    return this.#backend.unanswered(only)
  }

  protected key = (row: UnansweredRow) => row.participant
  protected matter = (row: UnansweredRow) => row.matter
  protected order = (a: UnansweredRow, b: UnansweredRow) =>
    a.since - b.since || (a.participant < b.participant ? -1 : 1)
}
