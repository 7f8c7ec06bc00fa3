import { moment } from '../shared/dates'
import type { Freshness as FreshnessNow, WindowBackend } from './backend'
import { Told } from './told.svelte'

const unknown: FreshnessNow = { state: 'catching_up', as_of: 0, waiting: 0, done: 0, total: 0, problem: '' }

/** How fresh the copy on this computer is. */
export class Freshness extends Told<FreshnessNow> {
  #backend: WindowBackend

  constructor(backend: WindowBackend) {
    super(
      unknown,
      () => backend.freshness(),
      (heard) => backend.onFreshness(heard),
    )
    this.#backend = backend
  }

  text(now: number): string {
    const { state, as_of, waiting, done, total } = this.value
    switch (state) {
      case 'current':
        return waiting > 0 ? `Up to date, ${waiting} waiting to send` : 'Up to date'
      case 'catching_up':
        return total > 0 ? `Catching up, ${done} of ${total}` : 'Catching up'
      case 'offline':
        return ['Offline', as_of && `as of ${moment(as_of, now)}`, waiting && `${waiting} waiting to send`]
          .filter(Boolean)
          .join(', ')
      case 'signed_out':
        return 'Signed out'
    }
  }

  tryAgain(): Promise<void> {
    return this.#backend.tryAgain()
  }
}
