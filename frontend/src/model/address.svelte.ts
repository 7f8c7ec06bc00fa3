import type { Failure } from './backend'
import type { ComputerBackend, PortalInfo } from './computer'
import { failureOf } from './failure'

const pause = 450

/** A portal's address while the user types it, and whose portal it is. */
export class Address {
  text = $state('')
  found = $state.raw<PortalInfo>()
  failure = $state.raw<Failure>()
  asking = $state(false)
  #backend: ComputerBackend
  #timer: ReturnType<typeof setTimeout> | undefined
  #checked = ''

  constructor(backend: ComputerBackend, first = '') {
    this.#backend = backend
    if (first) this.type(first)
  }

  type(text: string) {
    this.text = text
    this.found = undefined
    this.failure = undefined
    this.asking = false
    this.#checked = text.trim()
    clearTimeout(this.#timer)
    if (this.#checked) this.#timer = setTimeout(() => void this.#check(this.#checked), pause)
  }

  /** Stops the check in progress. */
  close() {
    clearTimeout(this.#timer)
    this.#checked = ''
  }

  async #check(text: string) {
    this.asking = true
    let found: PortalInfo | undefined
    let failure: Failure | undefined
    try {
      found = await this.#backend.checkPortal(text)
    } catch (thrown) {
      failure = failureOf(thrown)
    }
    if (this.#checked !== text) return // the user has typed on
    this.found = found
    this.failure = failure
    this.asking = false
  }
}
