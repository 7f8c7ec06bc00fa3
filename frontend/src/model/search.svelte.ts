import type { Failure, Found, WindowBackend } from './backend'
import { failureOf } from './failure'
import { coalesce } from './coalesce'

/** The filters of a search, and what to type after each. */
export const filters = [
  { name: 'from:', means: "the author's name, or me" },
  { name: 'matter:', means: "the matter's title or reference" },
  { name: 'before:', means: 'a date, like 2026-10-03 or yesterday' },
  { name: 'after:', means: 'a date, like 3 October or last week' },
]

/** The limit for each kind of hit, which app/replica sets. */
export const maxHits = 20

/** A search over matters, people and messages. */
export class Search {
  text = $state('')
  /** Whether the hits are on screen. */
  open = $state(false)
  /** Undefined until something was searched for. */
  found = $state.raw<Found>()
  failure = $state.raw<Failure>()
  #backend: WindowBackend
  #searching = Promise.resolve()

  constructor(backend: WindowBackend) {
    this.#backend = backend
  }

  hits = $derived.by(() => this.found?.hits ?? [])

  /** Whether the limit for messages is reached, so that there may be older ones. */
  full = $derived.by(() => this.hits.filter((hit) => hit.kind === 'message').length >= maxHits)

  /** The filters that start with the last word, or all of them while the field is empty. */
  offered = $derived.by(() => {
    const last = this.text.split(/\s/).at(-1)!.toLowerCase()
    if (this.text === '') return filters
    return last === '' ? [] : filters.filter(({ name }) => name.startsWith(last) && name !== last)
  })

  /** Resolves when the hits are for this text, or for a later one. */
  type(text: string): Promise<void> {
    this.text = text
    return (this.#searching = this.#search())
  }

  /** Shows the hits, with what changed since they were last on screen. */
  show(): Promise<void> {
    this.open = true
    return this.changed()
  }

  /** Searches again if the hits are on screen: a change may add or remove some. */
  async changed() {
    if (this.open && this.text !== '') await this.#search()
  }

  /** Resolves when the hits are for the text in the field. */
  get settled(): Promise<void> {
    return this.#searching
  }

  /** Completes the last word to a filter. */
  complete(name: string): Promise<void> {
    return this.type(this.text.replace(/\S*$/, name))
  }

  #search = coalesce(async () => {
    const text = this.text.trim()
    try {
      this.found = text === '' ? undefined : await this.#backend.search(text)
      this.failure = undefined
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  })
}
