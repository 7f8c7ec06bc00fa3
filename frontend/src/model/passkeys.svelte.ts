import type { Passkey } from './account'
import type { Failure } from './backend'
import { coalesce } from './coalesce'
import { failureOf } from './failure'

interface PasskeysBackend {
  passkeys(): Promise<Passkey[]>
  renamePasskey(passkey: string, name: string): Promise<void>
  removePasskey(passkey: string): Promise<void>
}

/** A person's own passkeys. */
export class Passkeys {
  /** Oldest first. Undefined before the first answer. */
  all = $state.raw<Passkey[]>()
  /** Why reading or removing failed. */
  failure = $state.raw<Failure>()
  #backend: PasskeysBackend

  constructor(backend: PasskeysBackend) {
    this.#backend = backend
  }

  read = coalesce(async () => {
    this.failure = undefined
    try {
      this.all = await this.#backend.passkeys()
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  })

  /** Throws a Failure. */
  async rename(passkey: string, name: string) {
    await this.#backend.renamePasskey(passkey, name)
    await this.read()
  }

  async remove(passkey: string) {
    try {
      await this.#backend.removePasskey(passkey)
    } catch (thrown) {
      const failure = failureOf(thrown)
      if (failure.code !== 'not_found') return void (this.failure = failure) // else it was removed elsewhere
    }
    await this.read()
  }
}
