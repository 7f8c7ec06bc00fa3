import { fold, foldWords } from '../shared/fold'
import type { MatterRow, WindowBackend } from './backend'
import { failureOf } from './failure'
import { MatterRows } from './matterrows.svelte'

export type MatterFilter = 'mine' | 'all' | 'unread'

const passes: Record<MatterFilter, (row: MatterRow) => boolean> = {
  mine: (row) => row.mine,
  all: () => true,
  unread: (row) => row.unread > 0,
}

/** Closed matters come last, unless they have unread messages. */
const over = (row: MatterRow) => !!row.closed_at && row.unread === 0

/** The list of matters, newest activity first, with a filter and typed words. */
export class Matters extends MatterRows<MatterRow> {
  filter = $state<MatterFilter>('mine')
  /** The matter opened last stays in the unread list until another one is opened. */
  #opened = $state('')
  /** Words to find in a matter's title, reference or type, or in its participants' names. */
  words = $state('')
  /** The participants' names, by matter. Read when the user begins to type. */
  #people = $state.raw<Record<string, string>>({})
  #backend: WindowBackend

  constructor(backend: WindowBackend) {
    super()
    this.#backend = backend
    void this.refresh()
  }

  /** The rows that pass the filter and the words. */
  rows = $derived.by(() => {
    const words = foldWords(this.words)
    const rows = this.all?.filter((row) => {
      const text = fold(`${row.title} ${row.reference} ${row.type} ${this.#people[row.id] ?? ''}`)
      const stays = this.filter === 'unread' && row.id === this.#opened
      return (stays || passes[this.filter](row)) && words.every((word) => text.includes(word))
    })
    return rows && [...rows.filter((row) => !over(row)), ...rows.filter(over)]
  })

  /** The matter so many rows below (or above) another one, or the first if that one isn't listed. */
  beside(id: string | undefined, by: number): string | undefined {
    const rows = this.rows ?? []
    const at = rows.findIndex((row) => row.id === id)
    return (at < 0 ? rows[0] : rows[at + by])?.id
  }

  /** The number of matters that pass each filter. */
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
    if (begins) this.#readPeople().catch((thrown: unknown) => (this.failure = failureOf(thrown)))
  }

  choose(filter: MatterFilter) {
    this.filter = filter
    this.#opened = ''
  }

  opened(id: string) {
    this.#opened = this.rows?.some((row) => row.id === id) ? id : ''
  }

  protected async read(only: string[]) {
    if (this.words) await this.#readPeople()
    return this.#backend.matters(only)
  }

  protected key = (row: MatterRow) => row.id
  protected matter = (row: MatterRow) => row.id
  protected order = (a: MatterRow, b: MatterRow) => b.last_at - a.last_at || (a.id < b.id ? -1 : 1)

  async #readPeople() {
    this.#people = await this.#backend.people()
  }
}
