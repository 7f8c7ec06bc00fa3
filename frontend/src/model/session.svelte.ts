import type { Failure, Session as SessionNow, WindowBackend } from './backend'
import { failureOf } from './failure'
import { Told } from './told.svelte'

const starting: SessionNow = { state: 'starting', user: '', name: '', portal: '', demo: false, problem: '' }

/** Who is signed in, and the way in and out. */
export class Session extends Told<SessionNow> {
  /** A way in is being tried. */
  entering = $state(false)
  /** Why the last try did not come in. */
  refused = $state.raw<Failure>()
  #backend: WindowBackend

  constructor(backend: WindowBackend) {
    super(
      starting,
      () => backend.session(),
      (heard) => backend.onSession(heard),
    )
    this.#backend = backend
  }

  signIn(address: string, email: string, password: string): Promise<boolean> {
    return this.#enter(() => this.#backend.signIn(address, email, password))
  }

  startDemo(): Promise<boolean> {
    return this.#enter(() => this.#backend.startDemo())
  }

  /** How much signing out would leave behind. */
  unsent(): Promise<number> {
    return this.#backend.unsent()
  }

  signOut(): Promise<void> {
    return this.#backend.signOut()
  }

  async #enter(way: () => Promise<void>): Promise<boolean> {
    if (this.entering) return false
    this.entering = true
    this.refused = undefined
    try {
      await way()
      return true
    } catch (thrown) {
      this.refused = failureOf(thrown)
      return false
    } finally {
      this.entering = false
    }
  }
}
