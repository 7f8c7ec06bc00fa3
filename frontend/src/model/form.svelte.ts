import type { Failure } from './backend'
import { failureOf } from './failure'

/** What is being filled in, until it is saved. */
export class Form<T extends object> {
  values: T
  /** Why it could not be saved. */
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

  /** Something was typed that would be lost. */
  get changed(): boolean {
    return JSON.stringify(this.values) !== this.#first
  }

  /** What is wrong with a field, as a sentence. */
  problem(field: keyof T): string {
    return this.failure?.field === field ? this.failure.message : ''
  }

  /** What is wrong with none of the fields. */
  get formProblem(): string {
    return this.failure && !(this.failure.field in this.values) ? this.failure.message : ''
  }

  /** Whether it was saved. */
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
