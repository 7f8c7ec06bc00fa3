import type { Failure } from '../model/backend'
import { failureOf } from '../model/failure'
import type { Api, PasskeyUse } from './api'
import { device } from './device'
import type { Firm } from './firm'
import { askPasskey, makePasskey, passkeysWork } from './webauthn'

/** What the desktop app opened the page for, and where it waits. */
interface Request {
  use: PasskeyUse
  /** The app's, for the portal. */
  secret: string
  /** Where the app listens, on this computer. */
  port: number
  /** By which the app knows the page. */
  state: string
}

/** What the app put after the # of the page's address, or undefined if something is missing. */
export function readRequest(hash: string): Request | undefined {
  const query = new URLSearchParams(hash.slice(1))
  const [use, secret, state] = ['for', 'secret', 'state'].map((name) => query.get(name) ?? '')
  const port = Number(query.get('port'))
  if (use !== 'sign-in' && use !== 'confirm' && use !== 'add') return undefined
  if (!secret || !state || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined
  return { use, secret, port, state }
}

/**
 * A user's visit to the page on which they use a passkey, because the desktop app's window can't ask for one. The page signs
 * no one in. What the passkey answers goes back to the app.
 */
export class PasskeyVisit {
  /** away: the portal doesn't answer. left: the browser goes back to the app. */
  state = $state<'opening' | 'away' | 'ready' | 'asking' | 'left'>('opening')
  firm = $state.raw<Firm>()
  /** Whether this browser can use passkeys here. */
  works = $state(false)
  /** Why the portal or the passkey didn't answer. */
  failure = $state.raw<Failure>()
  readonly request: Request | undefined
  #api: Api
  #leave: (address: string) => void

  constructor(api: Api, hash: string, leave = (address: string) => location.replace(address)) {
    this.#api = api
    this.request = readRequest(hash)
    this.#leave = leave
  }

  /** Reads whose portal it is. */
  async read() {
    this.failure = undefined
    try {
      const { name, colour, passkeys } = await this.#api.firm()
      this.firm = name ? { name, colour } : undefined
      this.works = passkeysWork(passkeys)
      this.state = 'ready'
    } catch (thrown) {
      this.failure = failureOf(thrown)
      this.state = 'away'
    }
  }

  /** Asks for the passkey, and goes back to the app with its answer. */
  async ask() {
    if (this.state !== 'ready' || !this.request) return
    const { use, secret } = this.request
    this.state = 'asking'
    this.failure = undefined
    try {
      const options = await this.#api.passkeyPageOptions(use, secret)
      const answer = await (use === 'add' ? makePasskey : askPasskey)(options)
      this.#return({ answer, name: device() })
    } catch (thrown) {
      this.failure = failureOf(thrown)
      this.state = 'ready'
    }
  }

  /** Goes back to the app without an answer. */
  cancel() {
    this.#return({ error: 'access_denied' })
  }

  #return(values: Record<string, string>) {
    const { port, state } = this.request!
    this.state = 'left'
    this.#leave(`http://127.0.0.1:${port}/signed-in?${new URLSearchParams({ state, ...values })}`)
  }
}
