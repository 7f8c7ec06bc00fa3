import { Address } from './address.svelte'
import type { TwoStepKey } from './account'
import type { ChatAddress, Failure, Session as SessionNow, WindowBackend } from './backend'
import type { Account } from './computer'
import { coalesce } from './coalesce'
import { failureOf } from './failure'
import { Watched } from './watched.svelte'

const starting: SessionNow = {
  ...{ state: 'starting', user: '', name: '', email: '', firm: '', portal: '' },
  ...{ demo: false, must_change: false, no_password: false, sso_only: false, key: '', opened: 0 },
  ...{ two_step: false, recovery_codes: 0, recovery_codes_unsaved: false, email_set_by: '' },
  ...{ passkeys_work: false, passkeys: 0 },
  ...{ here: '', problem: '', locked: '', notice: '' },
}

/** Who is signed in, and signing in and out. */
export class Session extends Watched<SessionNow> {
  /** A sign-in is in progress. */
  signingIn = $state(false)
  /** The user signs in with their browser. */
  inBrowser = $state(false)
  /** The user wants to sign in again, after their session has ended. */
  signsInAgain = $state(false)
  /** Why the last sign-in failed. */
  signInFailure = $state.raw<Failure>()
  /** New recovery codes, until the user has saved them. */
  recoveryCodes = $state.raw<string[]>([])
  /** The user has said that they saved their recovery codes, but the portal couldn't hear it. */
  saidSaved = $state(false)
  /** Wrong codes that others tried since the last sign-in, until the user has seen it. */
  wrongCodes = $state(0)
  /** Another account is about to be shown. Nothing may be done in the window until it is. */
  switching = $state(false)
  /** Why another account couldn't be shown, until the user has seen it. */
  switchFailure = $state.raw<Failure>()
  /** The accounts saved on this computer, most recent sign-in first. */
  accounts = $state.raw<Account[]>([])
  #backend: WindowBackend
  /** The user has cancelled the sign-in in progress. */
  #cancelled = false
  #flushes: (() => Promise<void>)[] = []

  constructor(backend: WindowBackend) {
    super(
      starting,
      () => backend.session(),
      (hint) => backend.onSession(hint),
    )
    this.#backend = backend
    backend.onAccounts(() => void this.readAccounts())
  }

  /** Calls flush before another account is shown, until the returned function is called. */
  beforeLeaving(flush: () => Promise<void>): () => void {
    this.#flushes.push(flush)
    return () => (this.#flushes = this.#flushes.filter((other) => other !== flush))
  }

  signIn(address: string, email: string, password: string): Promise<boolean> {
    return this.#signInBy(() => this.#backend.signIn(address, email, password))
  }

  signInWithCode(address: string, email: string, password: string, code: string): Promise<boolean> {
    return this.#signInBy(async () => {
      const said = await this.#backend.signInWithCode(address, email, password, code)
      this.recoveryCodes = said.recovery_codes
      this.wrongCodes = said.wrong_codes
    })
  }

  /** Signs in with the firm's own account, in the system's browser. */
  signInAtProvider(address: string): Promise<boolean> {
    return this.#signInInBrowser(() => this.#backend.signInAtProvider(address))
  }

  /** Signs in with a passkey, in the system's browser. */
  signInByPasskey(address: string): Promise<boolean> {
    return this.#signInInBrowser(() => this.#backend.signInByPasskey(address))
  }

  /** Makes the key for an authenticator app, for a user who can't sign in without. */
  async setUpTwoStep(address: string, email: string, password: string): Promise<TwoStepKey | undefined> {
    let key: TwoStepKey | undefined
    await this.#signInBy(async () => (key = await this.#backend.setUpTwoStep(address, email, password)))
    return key
  }

  startDemo(): Promise<boolean> {
    return this.#signInBy(() => this.#backend.startDemo())
  }

  createFirm(firm: string, name: string, email: string, password: string): Promise<boolean> {
    return this.#signInBy(() => this.#backend.createFirm(firm, name, email, password))
  }

  /** Shows another account, at a chat if there is one. */
  async switchTo({ key }: Pick<Account, 'key'>, at?: ChatAddress): Promise<boolean> {
    await this.#flush()
    this.switching = this.value.state === 'in'
    const opened = await this.#signInBy(() =>
      at ? this.#backend.switchToChat({ ...at, account: key }) : this.#backend.switchTo(key),
    )
    if (!opened) await this.readAccounts() // it may be gone
    if (!opened && this.switching) {
      this.switchFailure = this.signInFailure
      this.signInFailure = undefined
    }
    this.switching = false
    return opened
  }

  /** Shows the start screen. The account stays signed in. */
  async showStart(): Promise<void> {
    await this.#flush()
    await this.#backend.showStart()
  }

  dismissNotice(): Promise<void> {
    return this.#backend.dismissNotice(this.value.notice)
  }

  /** Checks a portal's address while the user types it. */
  address(first: string): Address {
    return new Address(this.#backend, first)
  }

  /** The user says that they have the recovery codes. If the portal can't hear it, the app asks again at its next start. */
  async savedRecoveryCodes() {
    try {
      await this.#backend.savedRecoveryCodes()
      await this.refresh()
    } catch {
      this.saidSaved = true
    }
    this.recoveryCodes = []
  }

  copy(text: string): Promise<void> {
    return this.#backend.copy(text)
  }

  readAccounts = coalesce(async () => {
    try {
      this.accounts = (await this.#backend.knownAccounts()).toReversed()
    } catch {
      this.accounts = [] // signing in works without them
    }
  })

  /** Cancels the sign-in in progress: the user chose another way to sign in. */
  cancelSignIn() {
    this.signInFailure = undefined
    if (!this.signingIn) return
    this.#cancelled = true
    void this.#backend.cancelSignIn()
  }

  /** The number of unsent items that signing out leaves behind. */
  unsent(): Promise<number> {
    return this.#backend.unsent()
  }

  async signOut(): Promise<void> {
    await this.#flush()
    await this.#backend.signOut()
  }

  async #flush() {
    await Promise.all(this.#flushes.map((flush) => flush()))
  }

  #signInInBrowser(start: () => Promise<void>): Promise<boolean> {
    return this.#signInBy(async () => {
      this.inBrowser = true
      try {
        await start()
      } finally {
        this.inBrowser = false
      }
    })
  }

  async #signInBy(start: () => Promise<unknown>): Promise<boolean> {
    if (this.signingIn) return false
    this.signingIn = true
    this.#cancelled = false
    this.signInFailure = undefined
    try {
      await start()
      await this.refresh()
      this.signsInAgain = false
      return true
    } catch (thrown) {
      if (!this.#cancelled) this.signInFailure = failureOf(thrown)
      return false
    } finally {
      this.signingIn = false
    }
  }
}
