import type { AdministrationBackend, Invitation } from './administration'
import { failureOf } from './failure'
import { PrivateLink } from './privatelink.svelte'

/** A participant's invitation link. */
export class PendingInvitation extends PrivateLink<Invitation> {
  revoked = $state(false)
  /** There was no link left to revoke: it had expired, a colleague has revoked it, or it has been used. */
  gone = $state(false)
  /** When the revoked link would have expired. A link with a later expiry is a new one. */
  revokedUntil = $state(0)
  /** The next link asks for a PIN. */
  asksPin = $state(false)
  #backend: AdministrationBackend
  #blockedBefore = 0
  #participant: string

  constructor(backend: AdministrationBackend, participant: string) {
    super(
      () => backend.invite(participant, this.asksPin),
      (text) => backend.copy(text),
    )
    this.#backend = backend
    this.#participant = participant
  }

  /** blocked is when wrong PINs or emails ended the last link, or 0. */
  override make(blocked = 0): Promise<void> {
    return this.attempt(async () => {
      await this.replace()
      this.revoked = this.gone = false
      this.#blockedBefore = blocked
    })
  }

  /** Revokes the current link, which would work until then. */
  revoke(until: number): Promise<void> {
    return this.attempt(async () => {
      this.gone = false
      try {
        await this.#backend.revokeInvitation(this.#participant)
      } catch (thrown) {
        if (failureOf(thrown).code !== 'not_found') throw thrown
        this.gone = true
      }
      this.revokedUntil = Math.max(until, this.value?.expires_at ?? 0)
      this.value = undefined
      this.revoked = true
    })
  }

  /** Whether the portal has said that the participant has joined. Their row says it, too, and may come later. */
  get joined(): boolean {
    return this.failure?.code === 'taken'
  }

  /** Whether wrong PINs or emails ended the link that was made in this window. */
  endedByPins(blocked = 0): boolean {
    return blocked > this.#blockedBefore
  }
}
