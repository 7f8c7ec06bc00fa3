import type { WindowBackend } from './backend'
import type { Desk } from './desk.svelte'

/** Saves which chat the user has open, and opens it again at the next start. */
export class LastChat {
  #backend: WindowBackend
  #desk: Desk
  /** Done once the last chat is open, or won't be opened. */
  readonly restored: Promise<void>

  constructor(backend: WindowBackend, desk: Desk) {
    this.#backend = backend
    this.#desk = desk
    this.restored = this.#restore()
  }

  /** Call this whenever another chat opens. */
  save() {
    const { matter, chat } = this.#desk
    if (matter && chat) void this.#backend.saveLastChat(matter.id, chat.participant).catch(() => {})
  }

  async #restore() {
    const at = await this.#backend.lastChat().catch(() => undefined)
    if (!at?.matter || this.#desk.matter) return // the user has opened another one
    // The user may have lost access since.
    const there = await this.#backend.matter(at.matter).catch(() => undefined)
    if (there?.participants.some((p) => p.id === at.participant) && !this.#desk.matter)
      await this.#desk.openChat(at)
  }
}
