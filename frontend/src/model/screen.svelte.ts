import { attention } from './attention'
import type { WindowBackend } from './backend'
import { coalesce } from './coalesce'

/** The computer's screen. While it is locked, its user can't see the window. */
export class Screen {
  #locked = $state(false)
  #backend: WindowBackend
  #stop: () => void

  constructor(backend: WindowBackend) {
    this.#backend = backend
    this.#stop = backend.onScreen(() => void this.#refresh())
    void this.#refresh()
  }

  /** Whether the user looks at the window. */
  get attention(): boolean {
    return attention() && !this.#locked
  }

  close() {
    this.#stop()
  }

  #refresh = coalesce(async () => {
    this.#locked = await this.#backend.screenLocked().catch(() => this.#locked)
  })
}
