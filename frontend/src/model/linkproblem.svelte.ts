import type { WindowBackend } from './backend'
import { coalesce } from './coalesce'

/** Why a link that the user opened outside the window couldn't be opened. */
export class LinkProblem {
  text = $state('')
  #backend: WindowBackend

  constructor(backend: WindowBackend) {
    this.#backend = backend
    backend.onLinkProblem(() => void this.#take())
    void this.#take()
  }

  #take = coalesce(async () => {
    const problem = await this.#backend.takeLinkProblem().catch(() => '')
    if (problem) this.text = problem
  })
}
