import type { Failure, WindowBackend } from './backend'
import { failureOf } from './failure'
import { Form, missing } from './form.svelte'

/** What run throws if the user doesn't confirm. */
const notConfirmed: Failure = {
  code: 'not_confirmed',
  message: "Nothing was changed, because you didn't confirm it's you.",
  field: '',
}

type ConfirmingBackend = Pick<WindowBackend, 'confirm' | 'confirmAtProvider' | 'cancelSignIn'>

/** Asks users to confirm who they are, before what gives someone a lasting way in or takes a protection away. */
export class Confirming {
  /** The question, while it is asked. */
  form = $state.raw<Form<{ password: string; code: string }>>()
  /** The user confirms with the firm's own account, in their browser, because they have no password. */
  atProvider = $state(false)
  #backend: ConfirmingBackend
  #asked?: Promise<boolean>
  #answer: (confirmed: boolean) => void = () => {}

  constructor(backend: ConfirmingBackend) {
    this.#backend = backend
  }

  /** Runs an act. If the portal asks for it, the user confirms first, and it runs again. */
  async run<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (thrown) {
      const { code, field } = failureOf(thrown)
      const here = field === 'password' || field === 'provider'
      if (code !== 'confirm_first' || !here) throw thrown // or signing in again is the only way
      this.#asked ??= this.#ask(field === 'provider')
    }
    if (!(await this.#asked)) throw notConfirmed
    return act()
  }

  /** Ends the question. */
  close(confirmed: boolean) {
    if (!confirmed && this.form && this.atProvider) void this.#backend.cancelSignIn()
    this.form = undefined
    this.#asked = undefined
    this.#answer(confirmed)
  }

  #ask(atProvider: boolean): Promise<boolean> {
    this.atProvider = atProvider
    this.form = new Form({ password: '', code: '' }, ({ password, code }) => {
      if (atProvider) return this.#backend.confirmAtProvider()
      if (password === '') throw missing('password', 'Enter your password.')
      return this.#backend.confirm(password, code.trim())
    })
    return new Promise((answer) => (this.#answer = answer))
  }
}
