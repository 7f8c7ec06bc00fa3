import type { AdministrationBackend, Invitation } from './administration'
import type { Failure } from './backend'
import { failureOf } from './failure'

/** The link by which a participant is to come in. */
export class PendingInvitation {
  /** The link, if it was made in this window: nobody can read it again. */
  value = $state.raw<Invitation>()
  revoked = $state(false)
  /** Until when the one that was revoked would have worked: a later one is another. */
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

  /** Makes a link; an earlier one stops working. */
  make(): Promise<void> {
    return this.#try(async () => {
      this.value = await this.#backend.invite(this.#participant)
      this.revoked = false
    })
  }

  /** Makes whatever link there is, which works until then, stop working. */
  revoke(until: number): Promise<void> {
    return this.#try(async () => {
      try {
        await this.#backend.revokeInvitation(this.#participant)
      } catch (thrown) {
        // There is none any more, which is what was asked for.
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
