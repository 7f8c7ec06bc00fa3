import type { Failure, Found, WindowBackend } from './backend'
import { failureOf } from './failure'
import { once } from './once'

/** What narrows a search down, and what is written behind it. */
export const filters = [
  { name: 'from:', means: 'who said it, or me' },
  { name: 'matter:', means: 'its title or reference' },
  { name: 'before:', means: 'a day, as 2026-10-03 or yesterday' },
  { name: 'after:', means: 'a day, as 3 October or last week' },
]

/** How many of each kind are found; app/replica has the same limit. */
export const maxHits = 20

/** A search over matters, people and messages. */
export class Search {
  text = $state('')
  /** Undefined until something was searched for. */
  found = $state.raw<Found>()
  failure = $state.raw<Failure>()
  #backend: WindowBackend
  #looking = Promise.resolve()

  constructor(backend: WindowBackend) {
    this.#backend = backend
  }

  hits = $derived.by(() => this.found?.hits ?? [])

  /** As many messages as are ever found: there may be older ones. */
  full = $derived.by(() => this.hits.filter((hit) => hit.kind === 'message').length >= maxHits)

  /** The filters that the last word may become; all of them while nothing is typed. */
  offered = $derived.by(() => {
    const last = this.text.split(/\s/).at(-1)!.toLowerCase()
    if (this.text === '') return filters
    return last === '' ? [] : filters.filter(({ name }) => name.startsWith(last) && name !== last)
  })

  /** Done when what was found is of this text, or of a later one. */
  type(text: string): Promise<void> {
    this.text = text
    return (this.#looking = this.#look())
  }

  /** Looks again: more may have been said meanwhile. */
  again() {
    if (this.text !== '') void this.type(this.text)
  }

  /** Done when what was found is of what is typed. */
  get settled(): Promise<void> {
    return this.#looking
  }

  /** Makes a filter of the last word. */
  complete(name: string) {
    void this.type(this.text.replace(/\S*$/, name))
  }

  #look = once(async () => {
    const text = this.text.trim()
    try {
      this.found = text === '' ? undefined : await this.#backend.search(text)
      this.failure = undefined
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  })
}
