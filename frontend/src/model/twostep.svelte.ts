import type { AccountBackend, TwoStepKey } from './account'
import { failureOf } from './failure'
import { Form, missing } from './form.svelte'

/** The user's two-step verification: turning it on, using another phone, and turning it off. */
export class TwoStep {
  /** What the authenticator app needs, while it is being set up. */
  key = $state.raw<TwoStepKey>()
  /** The password's form needs a code, too. Another device may have turned two-step verification on. */
  needsCode = $state(false)
  /** The new recovery codes. */
  recoveryCodes: string[] = []
  #backend: AccountBackend

  constructor(backend: AccountBackend) {
    this.#backend = backend
  }

  /** Makes the key. It needs a code if two-step verification is on. */
  start(on: boolean): Form<{ password: string; code: string }> {
    return this.#withPassword(on, async (password, code) => {
      this.key = await this.#backend.startTwoStep(password, code)
    })
  }

  confirm(): Form<{ code: string }> {
    return new Form({ code: '' }, async ({ code }) => {
      if (code.trim() === '') throw noCode
      this.recoveryCodes = await this.#backend.confirmTwoStep(code.trim())
      this.key = undefined
    })
  }

  /** Replaces the recovery codes. */
  renew(): Form<{ password: string; code: string }> {
    return this.#withPassword(true, async (password, code) => {
      this.recoveryCodes = await this.#backend.newRecoveryCodes(password, code)
    })
  }

  end(): Form<{ password: string; code: string }> {
    return this.#withPassword(true, (password, code) => this.#backend.endTwoStep(password, code))
  }

  #withPassword(needsCode: boolean, act: (password: string, code: string) => Promise<void>) {
    this.needsCode = needsCode
    return new Form({ password: '', code: '' }, async ({ password, code }) => {
      if (password === '') throw missing('password', 'Enter your password.')
      if (this.needsCode && code.trim() === '') throw noCode
      try {
        await act(password, code.trim())
      } catch (thrown) {
        if (failureOf(thrown).field === 'code') this.needsCode = true
        throw thrown
      }
    })
  }
}

const noCode = missing('code', 'Enter the code that your authenticator app shows.')
