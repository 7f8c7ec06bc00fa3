import { moment } from '../shared/dates'
import type { Freshness as FreshnessNow, WindowBackend } from './backend'
import { Watched } from './watched.svelte'

const unknown: FreshnessNow = {
  ...{ state: 'catching_up', as_of: 0, waiting: 0, refused: 0, undecided: 0, done: 0, total: 0 },
  ...{ problem: '', next: '', warning: '', mended: '' },
}

/** The text while nothing syncs. The time and the number of waiting items follow it. */
const stoppedText: Partial<Record<FreshnessNow['state'], string>> = {
  offline: 'Offline',
  busy: 'Portal busy',
  signed_out: 'Signed out',
  too_old: 'Portal out of date',
  too_new: 'Update needed',
  wrong_address: 'Portal not found',
  untrusted: 'No secure connection',
  proxy: 'Blocked by the network',
  disk: 'Disk problem',
}

/** When messages will be sent, for states that end by themselves or by signing in. */
const sendsAgain: Partial<Record<FreshnessNow['state'], string>> = {
  offline: 'the portal is reachable again',
  busy: 'the portal is ready again',
  proxy: 'the portal is reachable again',
  signed_out: 'you sign in again',
}

/** How up to date the replica is. */
export class Freshness extends Watched<FreshnessNow> {
  #backend: WindowBackend

  constructor(backend: WindowBackend) {
    super(
      unknown,
      () => backend.freshness(),
      (hint) => backend.onFreshness(hint),
    )
    this.#backend = backend
  }

  text(now: number): string {
    const { state, as_of, waiting, refused, undecided, done, total } = this.value
    const stands =
      state === 'current'
        ? ['Up to date']
        : state === 'catching_up'
          ? [total > 0 ? `Syncing, ${done} of ${total}` : 'Syncing…']
          : [stoppedText[state], as_of && `last synced ${moment(as_of, now)}`]
    return [
      ...stands,
      waiting && `${waiting} waiting to send`,
      refused && `${refused} not sent`,
      undecided && `${undecided} ${undecided === 1 ? 'status' : 'statuses'} to choose`,
    ]
      .filter(Boolean)
      .join(', ')
  }

  /** The colour of the dot: all is well, catching up, offline, or a problem. */
  get mood(): 'good' | 'busy' | 'still' | 'bad' {
    const { state, problem, warning, refused, undecided } = this.value
    if (refused + undecided > 0) return 'bad'
    if (state === 'offline' || state === 'busy') return 'still'
    if (state in stoppedText || problem || warning) return 'bad'
    return state === 'current' ? 'good' : 'busy'
  }

  /** The explanations, most urgent first. */
  get explained(): string[] {
    const { state, problem, warning, mended } = this.value
    const until = sendsAgain[state] ?? ''
    const calm = until && `You can keep reading and writing. Messages will be sent when ${until}.`
    return [problem, calm, warning, mended].filter(Boolean)
  }

  /** Why the portal can't be reached, as a sentence for a form; empty if it can. */
  get unavailable(): string {
    switch (this.value.state) {
      case 'current':
      case 'catching_up':
        return ''
      case 'signed_out':
        return "You're signed out. Your changes stay here until you sign in again."
    }
    return 'Not connected to the portal. Your changes stay here until you can save them.'
  }

  tryAgain(): Promise<void> {
    return this.#backend.tryAgain()
  }
}
