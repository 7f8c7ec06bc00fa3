import type { AdministrationBackend, Invitation } from './administration'
import type { Failure } from './backend'
import { failureOf } from './failure'

/** A participant's invitation link. */
export class PendingInvitation {
  /** The link, if it was made in this window. It can't be read again later. */
  value = $state.raw<Invitation>()
  revoked = $state(false)
  /** When the revoked link would have expired. A link with a later expiry is a new one. */
  revokedUntil = $state(0)
  copied = $state(false)
  busy = $state(false)
  failure = $state.raw<Failure>()
  #backend: AdministrationBackend
  #participant: string

  constructor(backend: AdministrationBackend, participant: string) {
    this.#backend = backend
    this.#participant = participant
  }

  /** Makes a link. An earlier one stops working. */
  make(): Promise<void> {
    return this.#try(async () => {
      this.value = await this.#backend.invite(this.#participant)
      this.revoked = false
    })
  }

  /** Revokes the current link, which would work until then. */
  revoke(until: number): Promise<void> {
    return this.#try(async () => {
      try {
        await this.#backend.revokeInvitation(this.#participant)
      } catch (thrown) {
        // There is no link left to revoke.
        if (failureOf(thrown).code !== 'not_found') throw thrown
      }
      this.revokedUntil = Math.max(until, this.value?.expires_at ?? 0)
      this.value = undefined
      this.revoked = true
    })
  }

  async copy() {
    if (!this.value) return
    await this.#try(async () => {
      await this.#backend.copy(this.value!.link)
    })
    this.copied = !this.failure
  }

  async #try(act: () => Promise<void>) {
    if (this.busy) return
    this.busy = true
    this.copied = false
    try {
      await act()
      this.failure = undefined
    } catch (thrown) {
      this.failure = failureOf(thrown)
    } finally {
      this.busy = false
    }
  }
}
