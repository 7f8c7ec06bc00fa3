import { plain } from '../shared/plain'
import type { Failure, MatterFilter, MatterRow, WindowBackend } from './backend'
import { failureOf } from './failure'
import { kept } from './kept'
import { once } from './once'

const passes: Record<MatterFilter, (row: MatterRow) => boolean> = {
  mine: (row) => row.mine,
  all: () => true,
  unread: (row) => row.unread > 0,
}

/** What is over comes last, unless something in it is new. */
const over = (row: MatterRow) => !!row.closed_at && row.unread === 0

/** The list of matters, through one of its filters and what is typed above it. */
export class Matters {
  filter = $state<MatterFilter>('mine')
  /** Words that a matter must have in its title, reference or type, or in its participants' names. */
  words = $state('')
  /** The participants' names, by matter, once one has begun to type. */
  #people = $state.raw<Record<string, string>>({})
  /** All that the user may open; undefined until they have been read. */
  all = $state.raw<MatterRow[]>()
  failure = $state.raw<Failure>()
  #backend: WindowBackend

  constructor(backend: WindowBackend) {
    this.#backend = backend
    void this.refresh()
  }

  /** Those that are shown. */
  rows = $derived.by(() => {
    const words = plain(this.words).split(/\s+/).filter(Boolean)
    const rows = this.all?.filter((row) => {
      const text = plain(`${row.title} ${row.reference} ${row.type} ${this.#people[row.id] ?? ''}`)
      return passes[this.filter](row) && words.every((word) => text.includes(word))
    })
    return rows && [...rows.filter((row) => !over(row)), ...rows.filter(over)]
  })

  /** The matter that stands so far below (or above) another in what is shown; the first, if that is not. */
  beside(id: string | undefined, by: number): string | undefined {
    const rows = this.rows ?? []
    const at = rows.findIndex((row) => row.id === id)
    return (at < 0 ? rows[0] : rows[at + by])?.id
  }

  /** How many matters each filter lets through. */
  counts = $derived.by(() => {
    const count = (filter: MatterFilter) => this.all?.filter(passes[filter]).length ?? 0
    return { mine: count('mine'), all: count('all'), unread: count('unread') }
  })

  /** The types in use. */
  types = $derived.by(() => {
    const types = this.all?.map((row) => row.type) ?? []
    return types.filter((type, i) => type && types.indexOf(type) === i).sort()
  })

  type(words: string) {
    const begins = this.words === ''
    this.words = words
    if (begins) void this.refresh()
  }

  choose(filter: MatterFilter) {
    this.filter = filter
  }

  refresh = once(async () => {
    try {
      this.all = kept(this.all, await this.#backend.matters('all'), (row) => row.id)
      if (this.words) this.#people = await this.#backend.people()
      this.failure = undefined
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  })
}
