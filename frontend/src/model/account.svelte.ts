import type { Confirming } from './confirming.svelte'
import { Devices } from './devices.svelte'
import { failureOf } from './failure'
import { Form, missing } from './form.svelte'
import { passwordProblem } from './passwordrule'
import { StaffPasskeys, type StaffPasskeysBackend } from './staffpasskeys.svelte'
import { TwoStep } from './twostep.svelte'

/** The signed-in user's own account. */
export class Account {
  #backend: StaffPasskeysBackend
  #confirming: Confirming

  constructor(backend: StaffPasskeysBackend, confirming: Confirming) {
    this.#backend = backend
    this.#confirming = confirming
  }

  /** A list of the user's devices, which the caller reads. */
  devices(): Devices {
    return new Devices(
      () => this.#backend.devices(),
      (device) => this.#backend.signOutDevice(device),
    )
  }

  /** The user's passkeys, which the caller reads. */
  passkeys(): StaffPasskeys {
    return new StaffPasskeys(this.#backend, this.#confirming)
  }

  twoStep(): TwoStep {
    return new TwoStep(this.#backend)
  }

  rename(name: string): Form<{ name: string }> {
    return new Form({ name }, ({ name }) => this.#backend.rename(name.trim()))
  }

  /** Users without a password confirm who they are in another way. */
  changeEmail(email: string, noPassword = false): Form<{ email: string; password: string }> {
    return new Form({ email, password: '' }, ({ email, password }) => {
      if (noPassword) return this.#confirming.run(() => this.#backend.changeEmail('', email.trim()))
      if (password === '') throw missing('password', 'Enter your password.')
      return this.#backend.changeEmail(password, email.trim())
    })
  }

  changePassword(): Form<{ old: string; chosen: string }> {
    return new Form({ old: '', chosen: '' }, async ({ old, chosen }) => {
      if (old === '') throw missing('old', 'Enter your current password.')
      const problem = passwordProblem(chosen)
      if (problem) throw missing('chosen', problem)
      try {
        await this.#backend.changePassword(old, chosen)
      } catch (thrown) {
        const failure = failureOf(thrown)
        const field = ofNewPassword.includes(failure.code) ? 'chosen' : failure.field
        throw { ...failure, field }
      }
    })
  }
}

/** The codes with which a portal refuses a new password. */
const ofNewPassword = ['weak_password', 'too_long']
