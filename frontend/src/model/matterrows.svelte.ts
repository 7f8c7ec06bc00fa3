import type { Failure } from './backend'
import { failureOf } from './failure'
import { reuseUnchanged } from './reuse'
import { coalesce } from './coalesce'

/** Rows of all matters. A change reads only the changed matters' rows again. */
export abstract class MatterRows<Row extends object> {
  /** In order; undefined until read. */
  all = $state.raw<Row[]>()
  failure = $state.raw<Failure>()
  /** The matters whose rows are out of date; undefined for all. */
  #changed: Set<string> | undefined

  /** Reads the rows of these matters, or of all. */
  protected abstract read(only: string[]): Promise<Row[]>
  protected abstract key: (row: Row) => string
  protected abstract matter: (row: Row) => string
  protected abstract order: (a: Row, b: Row) => number

  /** Reads the rows of these matters again, or all rows. */
  refresh(changed: string[] = []): Promise<void> {
    if (changed.length === 0) this.#changed = undefined
    for (const matter of changed) this.#changed?.add(matter)
    return this.#refresh()
  }

  #refresh = coalesce(async () => {
    const changed = this.#changed
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- the screen doesn't read it
    this.#changed = new Set()
    try {
      const rows = await this.read([...(changed ?? [])])
      const others = changed ? this.all?.filter((row) => !changed.has(this.matter(row))) : undefined
      this.all = reuseUnchanged(this.all, (others ?? []).concat(rows).sort(this.order), this.key)
      this.failure = undefined
    } catch (thrown) {
      this.#changed = undefined
      this.failure = failureOf(thrown)
    }
  })
}
