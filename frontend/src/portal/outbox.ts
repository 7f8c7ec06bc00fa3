// Sends what is kept, in the order of writing, until the portal has it.
import type { Failure } from '../model/backend'
import { failureOf } from '../model/failure'
import { once } from '../model/once'
import type { Api } from './api'
import type { Kept, Unsent } from './kept'

/** How many messages go in one request. */
const batch = 100

export class Outbox {
  #kept: Kept
  #say: Api['say']
  #arrived: (participant: string) => Promise<void>
  #changed: (participant: string) => void
  /** The portal may have these by now, so they cannot be taken back. */
  #onTheirWay = new Set<string>()
  #failure: Failure | undefined

  /** arrived sees to it that what was sent is on screen as sent, before it leaves what is kept. */
  constructor(
    kept: Kept,
    say: Api['say'],
    arrived: (participant: string) => Promise<void>,
    changed: (participant: string) => void,
  ) {
    this.#kept = kept
    this.#say = say
    this.#arrived = arrived
    this.#changed = changed
  }

  delivery(unsent: Unsent) {
    if (unsent.reason) return 'rejected'
    return this.#onTheirWay.has(unsent.id) ? 'sending' : 'waiting'
  }

  takeBack(id: string): Unsent {
    const unsent = this.#onTheirWay.has(id) ? undefined : this.#kept.remove(id)
    if (!unsent) throw onItsWay
    return unsent
  }

  /** Sends all that waits. The same id again is never a second message. Throws what kept it from going. */
  async push() {
    await this.#pushAll()
    if (this.#failure) throw this.#failure
  }

  #pushAll = once(async () => {
    this.#failure = undefined
    for (let more = true; more && !this.#failure;) {
      const waiting = this.#kept.unsent().filter((m) => !m.reason)
      if (waiting.length === 0) return
      await this.#pushSome(waiting.slice(0, batch))
      more = waiting.length > batch
    }
  })

  async #pushSome(some: Unsent[]) {
    for (const { id } of some) this.#onTheirWay.add(id)
    const chats = new Set(some.map((m) => m.participant))
    for (const participant of chats) this.#changed(participant)
    try {
      const results = await this.#say(
        some.map(({ id, participant, text, written_at }) => ({ id, participant, text, written_at })),
      )
      for (const { id, error } of results) {
        if (error?.code === 'internal') throw failureOf(error) // the portal's fault, which passes
        if (error) this.#kept.reject(id, error.detail)
      }
      for (const participant of chats) await this.#arrived(participant)
      for (const { id, error } of results) if (!error) this.#kept.remove(id)
    } catch (thrown) {
      this.#failure = failureOf(thrown)
    } finally {
      for (const { id } of some) this.#onTheirWay.delete(id)
      for (const participant of chats) this.#changed(participant)
    }
  }
}

const onItsWay: Failure = {
  code: 'not_found',
  field: '',
  message: 'This message is on its way already and can no longer be taken back.',
}
