import type { Failure } from '../model/backend'
import { coalesce } from '../model/coalesce'
import { failureOf } from '../model/failure'
import type { Api, ResetInfo, Self } from './api'
import { passes } from './verdict'

/** Choosing a new password with a link. */
export class PasswordReset {
  /**
   * away: the portal doesn't answer. done: a user of the firm has chosen one, and signs in with the app. removed: a participant has chosen one, and lost
   * passkeys or recovery codes.
   */
  state = $state<'opening' | 'away' | 'expired' | 'ready' | 'done' | 'removed'>('opening')
  /** Whose password it is. */
  info = $state.raw<ResetInfo>()
  saving = $state(false)
  /** Why the link couldn't be read, or the password not be set. */
  failure = $state.raw<Failure>()
  #me: Self | undefined
  #api: Api
  #secret: string
  #signedIn: (me: Self) => void
  #over: () => void

  /** Calls over once the link is of no more use, and signedIn once a participant has signed in with it. */
  constructor(api: Api, secret: string, over: () => void, signedIn: (me: Self) => void) {
    this.#api = api
    this.#secret = secret
    this.#over = over
    this.#signedIn = signedIn
  }

  /** Reads whose password it is, unless that's known. A late failure doesn't end what a later try has begun. */
  read = coalesce(async () => {
    if (this.state !== 'opening' && this.state !== 'away') return
    this.failure = undefined
    try {
      this.info = await this.#api.resetInfo(this.#secret)
      this.state = 'ready'
    } catch (thrown) {
      this.state = 'away'
      this.#fail(failureOf(thrown))
    }
  })

  async choose(password: string) {
    if (this.saving) return
    this.saving = true
    this.failure = undefined
    try {
      const me = await this.#api.useReset(this.#secret, password)
      this.#over()
      this.#me = me
      if (me.user) this.state = 'done'
      else if (this.removes) this.state = 'removed'
      else this.proceed()
    } catch (thrown) {
      this.#fail(failureOf(thrown))
    } finally {
      this.saving = false
    }
  }

  /** Goes on to the chats, signed in. */
  proceed() {
    this.#signedIn(this.#me!)
  }

  /** What using the link removes, or nothing. */
  get removes(): string {
    const { passkeys = 0, recovery_codes = 0 } = this.info ?? {}
    return [passkeys > 0 && 'passkeys', recovery_codes > 0 && 'recovery codes'].filter(Boolean).join(' and ')
  }

  #fail(failure: Failure) {
    this.failure = failure
    if (failure.code !== 'link_expired') return
    this.state = 'expired'
    this.#over()
  }

  /** What is wrong with the new password, as a sentence. */
  get passwordProblem(): string {
    const { code = '', message = '' } = this.failure ?? {}
    return code === 'weak_password' || code === 'too_long' ? message : ''
  }

  /** What else is wrong, as a sentence. */
  get problem(): string {
    if (!this.failure || this.passwordProblem) return ''
    return this.state === 'ready' && passes(this.failure.code)
      ? `${this.failure.message} What you typed stays here.`
      : this.failure.message
  }
}
