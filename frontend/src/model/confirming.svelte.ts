import type { AccountBackend } from './account'
import type { Failure } from './backend'
import { failureOf } from './failure'
import { Form, missing } from './form.svelte'

/** What run throws if the user doesn't confirm. */
const notConfirmed: Failure = {
  code: 'not_confirmed',
  message: "Nothing was changed, because you didn't confirm it's you.",
  field: '',
}

/** Asks users to confirm who they are, before what gives someone a lasting way in or takes a protection away. */
export class Confirming {
  /** The question, while it is asked. */
  form = $state.raw<Form<{ password: string; code: string }>>()
  #backend: Pick<AccountBackend, 'confirm'>
  #asked?: Promise<boolean>
  #answer: (confirmed: boolean) => void = () => {}

  constructor(backend: Pick<AccountBackend, 'confirm'>) {
    this.#backend = backend
  }

  /** Runs an act. If the portal asks for it, the user confirms first, and it runs again. */
  async run<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (thrown) {
      const { code, field } = failureOf(thrown)
      if (code !== 'confirm_first' || field !== 'password') throw thrown // or signing in again is the only way
    }
    this.#asked ??= this.#ask()
    if (!(await this.#asked)) throw notConfirmed
    return act()
  }

  /** Ends the question. */
  close(confirmed: boolean) {
    this.form = undefined
    this.#asked = undefined
    this.#answer(confirmed)
  }

  #ask(): Promise<boolean> {
    this.form = new Form({ password: '', code: '' }, ({ password, code }) => {
      if (password === '') throw missing('password', 'Enter your password.')
      return this.#backend.confirm(password, code.trim())
    })
    return new Promise((answer) => (this.#answer = answer))
  }
}
