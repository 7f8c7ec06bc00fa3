import type { AccountBackend, Passkey } from './account'
import type { Failure, WindowBackend } from './backend'
import type { Confirming } from './confirming.svelte'
import { failureOf } from './failure'
import { Form } from './form.svelte'
import { Passkeys } from './passkeys.svelte'

export type StaffPasskeysBackend = AccountBackend & Pick<WindowBackend, 'cancelSignIn'>

/** The user's own passkeys. Their browser makes them. */
export class StaffPasskeys extends Passkeys {
  /** The user is making a passkey in their browser. */
  adding = $state(false)
  /** Why none was added. */
  notAdded = $state.raw<Failure>()
  #backend: StaffPasskeysBackend
  #confirming: Confirming
  #cancelled = false

  constructor(backend: StaffPasskeysBackend, confirming: Confirming) {
    super(backend)
    this.#backend = backend
    this.#confirming = confirming
  }

  /** Returns whether a passkey was added. */
  async add(): Promise<boolean> {
    if (this.adding) return false
    this.adding = true
    this.#cancelled = false
    this.notAdded = undefined
    try {
      await this.#confirming.run(() => this.#backend.addPasskey())
      await this.read()
      return true
    } catch (thrown) {
      if (!this.#cancelled) this.notAdded = failureOf(thrown)
      return false
    } finally {
      this.adding = false
    }
  }

  /** The form for another name. */
  renaming({ id, name }: Passkey): Form<{ name: string }> {
    return new Form({ name }, ({ name }) => this.rename(id, name.trim()))
  }

  /** Doesn't wait for the browser any longer. */
  cancel() {
    if (!this.adding) return
    this.#cancelled = true
    void this.#backend.cancelSignIn()
  }
}
