import type { Link } from './account'
import type { Failure } from './backend'
import { failureOf } from './failure'

/** A link for someone else, which only the person who makes it sees. */
export class PrivateLink<T extends Link = Link> {
  /** The link, if it was made in this window. It can't be read again later. */
  value = $state.raw<T>()
  copied = $state(false)
  busy = $state(false)
  failure = $state.raw<Failure>()
  #make: () => Promise<T>
  #copy: (text: string) => Promise<void>

  constructor(make: () => Promise<T>, copy: (text: string) => Promise<void>) {
    this.#make = make
    this.#copy = copy
  }

  /** Makes a link. An earlier one stops working. */
  make(): Promise<void> {
    return this.attempt(() => this.replace())
  }

  protected async replace() {
    this.value = await this.#make()
  }

  async copy() {
    const { link } = this.value ?? {}
    if (!link) return
    await this.attempt(async () => {
      await this.#copy(link)
      this.copied = true
    })
  }

  protected async attempt(act: () => Promise<void>) {
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
