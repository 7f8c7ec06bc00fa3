import { Address } from './address.svelte'
import type { Failure, Session as SessionNow, WindowBackend } from './backend'
import type { Account } from './computer'
import { failureOf } from './failure'
import { Watched } from './watched.svelte'

const starting: SessionNow = {
  ...{ state: 'starting', user: '', name: '', firm: '', portal: '' },
  ...{ demo: false, key: '', opened: 0, here: '', problem: '' },
}

/** Who is signed in, and the way in and out. */
export class Session extends Watched<SessionNow> {
  /** A way in is being tried. */
  signingIn = $state(false)
  /** Why the last try did not come in. */
  signInFailure = $state.raw<Failure>()
  /** The accounts that this computer remembers, the newest sign-in first. */
  accounts = $state.raw<Account[]>([])
  #backend: WindowBackend
  /** The try that is under way was given up. */
  #cancelled = false

  constructor(backend: WindowBackend) {
    super(
      starting,
      () => backend.session(),
      (hint) => backend.onSession(hint),
    )
    this.#backend = backend
  }

  signIn(address: string, email: string, password: string): Promise<boolean> {
    return this.#signInBy(() => this.#backend.signIn(address, email, password))
  }

  startDemo(): Promise<boolean> {
    return this.#signInBy(() => this.#backend.startDemo())
  }

  createFirm(firm: string, name: string, email: string, password: string): Promise<boolean> {
    return this.#signInBy(() => this.#backend.createFirm(firm, name, email, password))
  }

  switchTo(account: Account): Promise<boolean> {
    return this.#signInBy(() => this.#backend.switchTo(account.key))
  }

  /** Leaves the window; who was signed in stays so. */
  showStart(): Promise<void> {
    return this.#backend.showStart()
  }

  /** What one finds out before one signs in somewhere. */
  address(first: string): Address {
    return new Address(this.#backend, first)
  }

  async readAccounts() {
    try {
      this.accounts = (await this.#backend.knownAccounts()).reverse()
    } catch {
      this.accounts = [] // the ways in are there without them
    }
  }

  /** Another way in is looked at. */
  cancelSignIn() {
    this.signInFailure = undefined
    if (!this.signingIn) return
    this.#cancelled = true
    void this.#backend.cancelSignIn()
  }

  /** How much signing out would leave behind. */
  unsent(): Promise<number> {
    return this.#backend.unsent()
  }

  signOut(): Promise<void> {
    return this.#backend.signOut()
  }

  async #signInBy(start: () => Promise<void>): Promise<boolean> {
    if (this.signingIn) return false
    this.signingIn = true
    this.#cancelled = false
    this.signInFailure = undefined
    try {
      await start()
      await this.refresh()
      return true
    } catch (thrown) {
      if (!this.#cancelled) this.signInFailure = failureOf(thrown)
      return false
    } finally {
      this.signingIn = false
    }
  }
}
