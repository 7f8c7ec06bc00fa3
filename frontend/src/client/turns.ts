// Tabs that do something one after the other.
import { storageKey } from './base'
import { locks } from './locks'

/** Milliseconds to wait for another tab's turn. A longer turn is that of a frozen tab. */
const longestTurn = 60_000

export class Turns {
  #name: string
  #has = false

  /** Tabs that use the same name take turns. */
  constructor(name: string) {
    this.#name = storageKey(name)
  }

  /** Acts when it is this tab's turn. Tabs that can't have turns act at once. */
  async take(act: () => Promise<void>) {
    if (!locks()) return act()
    let started = false
    const turn = async () => {
      started = this.#has = true
      await act().finally(() => (this.#has = false))
    }
    try {
      await locks()!.request(this.#name, { signal: AbortSignal.timeout(longestTurn) }, turn)
    } catch {
      if (!started) await locks()!.request(this.#name, { steal: true }, turn)
    }
  }

  /** Acts, unless it is another tab's turn. */
  async unlessTaken<T>(act: () => T): Promise<T | undefined> {
    if (!locks() || this.#has) return act()
    return locks()!.request(this.#name, { ifAvailable: true }, (lock) => (lock ? act() : undefined))
  }
}
