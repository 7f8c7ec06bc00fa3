import { Passkeys } from '../model/passkeys.svelte'
import type { Api, Proof } from './api'
import { askPasskey, makePasskey } from './webauthn'

/** A participant's passkeys and recovery codes. */
export class OwnKeys extends Passkeys {
  /** How many recovery codes are left. */
  codesLeft = $state(0)
  /** New recovery codes, until the person has saved them: they are shown once. */
  newCodes = $state.raw<string[]>([])
  #api: Api
  #work: () => boolean

  constructor(api: Api, work: () => boolean) {
    super({
      passkeys: async () => {
        const [all, me] = await Promise.all([api.passkeys(), api.me()])
        this.codesLeft = me.recovery_codes_left ?? 0
        return all
      },
      renamePasskey: api.renamePasskey,
      removePasskey: api.removePasskey,
    })
    this.#api = api
    this.#work = work
  }

  /** Whether passkeys work in this browser, at this address. */
  get work(): boolean {
    return this.#work()
  }

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

  async makeCodes(proof: Proof) {
    this.newCodes = await this.#api.makeRecoveryCodes(proof)
    this.codesLeft = this.newCodes.length
    void this.read() // an answer from before may be on its way
  }
}
