import type { Failure, WindowBackend } from './backend'
import { failureOf } from './failure'
import { Form, missing } from './form.svelte'

/** What run throws if the user doesn't confirm. */
const notConfirmed: Failure = {
  code: 'not_confirmed',
  message: "Nothing was changed, because you didn't confirm it's you.",
  field: '',
}

/** How users confirm: here, or with the firm's own account or a passkey in their browser. */
export type Way = 'password' | 'provider' | 'passkey'
const ways: string[] = ['password', 'provider', 'passkey'] satisfies Way[]

type ConfirmingBackend = Pick<
  WindowBackend,
  'confirm' | 'confirmAtProvider' | 'confirmByPasskey' | 'cancelSignIn'
>

/** Asks users to confirm who they are, before what gives someone a lasting way in or takes a protection away. */
export class Confirming {
  /** The question, while it is asked. */
  form = $state.raw<Form<{ password: string; code: string }>>()
  way = $state<Way>('password')
  /** The way that the portal named. Users with a passkey can choose that instead. */
  named = $state<Way>('password')
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
      if (code !== 'confirm_first' || !ways.includes(field)) throw thrown // or signing in again is the only way
      this.#asked ??= this.#ask(field as Way)
    }
    if (!(await this.#asked)) throw notConfirmed
    return act()
  }

  /** Asks in this way from now on. */
  use(way: Way) {
    this.#stopWaiting()
    this.way = way
    this.form = new Form({ password: '', code: '' }, ({ password, code }) => {
      if (way === 'provider') return this.#backend.confirmAtProvider()
      if (way === 'passkey') return this.#backend.confirmByPasskey()
      if (password === '') throw missing('password', 'Enter your password.')
      return this.#backend.confirm(password, code.trim())
    })
  }

  /** Ends the question. */
  close(confirmed: boolean) {
    if (!confirmed) this.#stopWaiting()
    this.form = undefined
    this.#asked = undefined
    this.#answer(confirmed)
  }

  /** Doesn't wait for the browser any longer. */
  #stopWaiting() {
    if (this.form && this.way !== 'password') void this.#backend.cancelSignIn()
  }

  #ask(way: Way): Promise<boolean> {
    this.named = way
    this.use(way)
    return new Promise((answer) => (this.#answer = answer))
  }
}
