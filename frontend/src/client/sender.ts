// Sends the participant's unsent messages.
import { coalesce } from '../model/coalesce'
import { validText } from '../shared/text'
import type { Api } from './api'
import type { LocalStore, Unsent } from './localstore'

/** The most messages in one request. */
const maxBatch = 100
// Milliseconds before the next attempt. Each failure doubles the wait.
const firstWait = 500
const longestWait = 30_000

export interface SenderListener {
  /** The portal has a message. It leaves the store when this resolves. */
  confirmed: (message: Unsent) => Promise<void>
  /** An attempt has failed. */
  failed: () => void
  /** Something changed in a participant's unsent messages. */
  changed: (participant: string) => void
}

export class Sender {
  #api: Api
  #store: LocalStore
  #listener: SenderListener
  /** Ids of messages the portal may already have, so they can't be taken back. */
  #sending = new Set<string>()
  #wait = firstWait
  #again: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(api: Api, store: LocalStore, listener: SenderListener) {
    this.#api = api
    this.#store = store
    this.#listener = listener
  }

  isSending(id: string): boolean {
    return this.#sending.has(id)
  }

  close() {
    this.#closed = true
    clearTimeout(this.#again)
  }

  /** Sends now instead of after the wait. */
  retry() {
    this.#wait = firstWait
    void this.send()
  }

  /** Sends the waiting messages in the order they were written. Repeating an id never makes a second message. */
  send = coalesce(async () => {
    this.#rejectInvalid()
    const waiting = this.#store
      .unsent()
      .filter((m) => !m.reason)
      .slice(0, maxBatch)
    clearTimeout(this.#again)
    if (waiting.length === 0 || this.#closed) return
    for (const { id } of waiting) this.#sending.add(id)
    let failed = false
    try {
      const messages = waiting.map(({ id, participant, text, written_at }) => ({
        ...{ id, participant, text, written_at },
      }))
      for (const { id, error } of await this.#api.send(messages)) {
        if (error) this.#store.reject(id, error.detail)
        else await this.#confirmed(waiting.find((m) => m.id === id)!)
      }
      this.#wait = firstWait
    } catch {
      failed = true
    } finally {
      for (const { id } of waiting) this.#sending.delete(id)
      for (const { participant } of waiting) this.#listener.changed(participant)
    }
    if (failed) this.#sendLater()
    else if (waiting.length === maxBatch) void this.send() // there may be more
  })

  /** Rejects what an earlier version of these pages let through. The portal would refuse the others with it. */
  #rejectInvalid() {
    for (const { id, text, reason } of this.#store.unsent()) {
      const { problem } = validText(text)
      if (!reason && problem) this.#store.reject(id, problem)
    }
  }

  #sendLater() {
    if (this.#closed) return
    this.#again = setTimeout(() => void this.send(), this.#wait * (0.5 + Math.random()))
    this.#wait = Math.min(2 * this.#wait, longestWait)
    this.#listener.failed()
  }

  async #confirmed(message: Unsent) {
    await this.#listener.confirmed(message)
    this.#store.remove(message.id)
  }
}
