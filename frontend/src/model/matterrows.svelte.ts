import type { Failure } from './backend'
import { failureOf } from './failure'
import { reuseUnchanged } from './reuse'
import { coalesce } from './coalesce'

/** A list over all matters. When something changes, the rows of those matters alone are read again. */
export abstract class MatterRows<Row extends object> {
  /** In their order; undefined until they have been read. */
  all = $state.raw<Row[]>()
  failure = $state.raw<Failure>()
  /** The matters of which the rows are no longer true; undefined when that may be all. */
  #changed: Set<string> | undefined

  /** The rows of these matters, or of all if none is named. */
  protected abstract read(only: string[]): Promise<Row[]>
  protected abstract key: (row: Row) => string
  protected abstract matter: (row: Row) => string
  protected abstract order: (a: Row, b: Row) => number

  /** Reads what these matters have, or everything if none is named. */
  refresh(changed: string[] = []): Promise<void> {
    if (changed.length === 0) this.#changed = undefined
    for (const matter of changed) this.#changed?.add(matter)
    return this.#refresh()
  }

  #refresh = coalesce(async () => {
    const changed = this.#changed
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing on screen hangs on it
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
