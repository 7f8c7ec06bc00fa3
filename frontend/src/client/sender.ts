// Sends the participant's unsent messages.
import { coalesce } from '../model/coalesce'
import { validText } from '../shared/text'
import type { Api } from './api'
import type { LocalStore, Unsent } from './localstore'

/** The most messages in one request. */
const maxBatch = 100

export interface SenderListener {
  /** The portal has a message. It leaves the store when this resolves. */
  confirmed: (message: Unsent) => Promise<void>
  /** Something changed in a participant's unsent messages. */
  changed: (participant: string) => void
}

export class Sender {
  /** The last attempt failed. */
  stuck = false
  #api: Api
  #store: LocalStore
  #listener: SenderListener
  /** Ids of messages the portal may already have, so they can't be taken back. */
  #sending = new Set<string>()

  constructor(api: Api, store: LocalStore, listener: SenderListener) {
    this.#api = api
    this.#store = store
    this.#listener = listener
  }

  isSending(id: string): boolean {
    return this.#sending.has(id)
  }

  /** Sends the waiting messages in the order they were written. Repeating an id never makes a second message. */
  send = coalesce(async () => {
    this.#rejectInvalid()
    const waiting = this.#store
      .unsent()
      .filter((m) => !m.reason)
      .slice(0, maxBatch)
    this.stuck = false
    if (waiting.length === 0) return
    for (const { id } of waiting) this.#sending.add(id)
    try {
      const messages = waiting.map(({ id, participant, text, written_at }) => ({
        ...{ id, participant, text, written_at },
      }))
      for (const { id, error } of await this.#api.send(messages)) {
        if (error) this.#store.reject(id, error.detail)
        else await this.#confirmed(waiting.find((m) => m.id === id)!)
      }
    } catch {
      this.stuck = true // the messages wait for the connection
    } finally {
      for (const { id } of waiting) this.#sending.delete(id)
      for (const { participant } of waiting) this.#listener.changed(participant)
    }
    if (waiting.length === maxBatch && !this.stuck) void this.send() // there may be more
  })

  /** Rejects what an earlier version of these pages let through. The portal would refuse the others with it. */
  #rejectInvalid() {
    for (const { id, text, reason } of this.#store.unsent()) {
      const { problem } = validText(text)
      if (!reason && problem) this.#store.reject(id, problem)
    }
  }

  async #confirmed(message: Unsent) {
    await this.#listener.confirmed(message)
    this.#store.remove(message.id)
  }
}
