import type { Failure } from '../model/backend'
import { coalesce } from '../model/coalesce'
import { failureOf } from '../model/failure'
import type { Api, Passkey, Proof } from './api'
import { askPasskey, makePasskey } from './webauthn'

/** A participant's passkeys and recovery codes. */
export class OwnKeys {
  /** The passkeys, oldest first. Undefined before the first answer. */
  all = $state.raw<Passkey[]>()
  /** How many recovery codes are left. */
  codesLeft = $state(0)
  /** Why reading or removing failed. */
  failure = $state.raw<Failure>()
  #api: Api
  #work: () => boolean

  constructor(api: Api, work: () => boolean) {
    this.#api = api
    this.#work = work
  }

  /** Whether passkeys work in this browser, at this address. */
  get work(): boolean {
    return this.#work()
  }

  read = coalesce(async () => {
    this.failure = undefined
    try {
      const [all, me] = await Promise.all([this.#api.passkeys(), this.#api.me()])
      this.all = all
      this.codesLeft = me.recovery_codes_left ?? 0
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  })

  /** Whether one of the passkeys can be used in place of the password. */
  get prove(): boolean {
    return this.work && (this.all?.length ?? 0) > 0
  }

  /** Asks for one of the passkeys. Throws a Failure, as the methods below do. */
  async proof(): Promise<Proof> {
    return { passkey: await askPasskey(await this.#api.proveOptions()) }
  }

  async add(proof: Proof, name: string) {
    await this.#api.addPasskey(name, await makePasskey(await this.#api.startPasskey(proof)))
    await this.read()
  }

  async rename(passkey: string, name: string) {
    await this.#api.renamePasskey(passkey, name)
    await this.read()
  }

  /** Doesn't throw. */
  async remove(passkey: string) {
    try {
      await this.#api.removePasskey(passkey)
    } catch (thrown) {
      const failure = failureOf(thrown)
      if (failure.code !== 'not_found') return void (this.failure = failure) // else it was removed elsewhere
    }
    await this.read()
  }

  async makeCodes(proof: Proof): Promise<string[]> {
    const codes = await this.#api.makeRecoveryCodes(proof)
    this.codesLeft = codes.length
    void this.read() // an answer from before may be on its way
    return codes
  }
}
