import type { TwoStepKey } from './account'
import type { Failure } from './backend'
import type { Session } from './session.svelte'

/** What the user types to sign in. What is typed stays until the user has signed in. */
export class SignIn {
  email = $state('')
  password = $state('')
  code = $state('')
  /** What the portal asks for. At set_up, the user has to set up an authenticator app, which gets the key. */
  step = $state<'password' | 'code' | 'set_up'>('password')
  key = $state.raw<TwoStepKey>()
  #session: Session
  /** Wrong codes of the user's own. The window doesn't warn of them. */
  #mistyped = 0

  constructor(session: Session) {
    this.#session = session
    this.email = session.value.email
  }

  /** Returns whether the user is signed in. */
  async enter(address: string): Promise<boolean> {
    const [email, password, code] = [this.email.trim(), this.password, this.code.trim()]
    if (this.step !== 'password' && code === '') {
      const message = 'Enter the code that your authenticator app shows.'
      this.#session.signInFailure = { code: 'required', message, field: 'code' }
      return false
    }
    const entered =
      this.step === 'password'
        ? await this.#session.signIn(address, email, password)
        : await this.#session.signInWithCode(address, email, password, code)
    if (entered) {
      this.#session.wrongCodes = Math.max(0, this.#session.wrongCodes - this.#mistyped)
      return true
    }
    switch (this.#session.signInFailure?.code) {
      case 'code_required':
        this.#ask('code')
        break
      case 'set_up_first':
        this.key = await this.#session.setUpTwoStep(address, email, password)
        if (this.key) this.#ask('set_up')
        break
      case 'wrong_password':
        this.step = 'password'
        if (password !== password.trim()) this.#mentionSpace(this.#session.signInFailure)
        break
      case 'wrong_code':
        if (this.step === 'code') this.#mistyped++
    }
    return false
  }

  /** Asks for the email and the password again. */
  back() {
    this.#ask('password')
  }

  /** Copying a password may take a space along, which can't be seen. */
  #mentionSpace(failure: Failure) {
    const message = `${failure.message} What you entered begins or ends with a space.`
    this.#session.signInFailure = { ...failure, message }
  }

  #ask(step: SignIn['step']) {
    this.#session.cancelSignIn()
    this.step = step
    this.code = ''
  }
}
