import type { Failure } from './backend'
import { failureOf } from './failure'

/** What a form throws for a field that is empty. */
export const missing = (field: string, message: string): Failure => ({ code: 'required', message, field })

/** A form's values, until they are saved. */
export class Form<T extends object> {
  values: T
  /** Why saving failed. */
  failure = $state.raw<Failure>()
  saving = $state(false)
  #first: string
  #save: (values: T) => Promise<unknown>

  constructor(first: T, save: (values: T) => Promise<unknown>) {
    const values = $state({ ...first })
    this.values = values
    this.#first = JSON.stringify(first)
    this.#save = save
  }

  /** Whether the user has changed something that would be lost. */
  get changed(): boolean {
    return JSON.stringify(this.values) !== this.#first
  }

  /** A field's problem, as a sentence. */
  problem(field: keyof T): string {
    return this.failure?.field === field ? this.failure.message : ''
  }

  /** A problem that belongs to no field. */
  get formProblem(): string {
    return this.failure && !(this.failure.field in this.values) ? this.failure.message : ''
  }

  /** Returns whether it was saved. */
  async save(): Promise<boolean> {
    if (this.saving) return false
    this.saving = true
    try {
      await this.#save($state.snapshot(this.values) as T)
      this.failure = undefined
      return true
    } catch (thrown) {
      this.failure = failureOf(thrown)
      return false
    } finally {
      this.saving = false
    }
  }
}
