// Sends the participant's unsent messages, from one tab at a time. Requests shrink when the line loses them, down to
// one message, and grow with each one that gets through.
import { coalesce } from '../model/coalesce'
import { failureOf } from '../model/failure'
import { validText } from '../shared/text'
import type { Failure } from '../model/backend'
import type { Api } from './api'
import type { LocalStore, Unsent } from './localstore'
import { Turns } from './turns'
import { asFailure, rejectsMessage } from './verdict'

/** The most messages, and their bytes, in one request. */
const maxBatch = 100
const maxSize = 65_536
/** About how many bytes a message takes in a request besides its text. */
const overhead = 200
// Milliseconds before the next attempt. Each failure doubles the wait.
const firstWait = 500
const longestWait = 30_000
/** Milliseconds until this tab sends what another tab should have sent. That tab may have been closed. */
const takeOverAfter = 5_000

export interface SenderListener {
  /** The portal has a message. It leaves the store when this resolves. */
  confirmed: (message: Unsent) => Promise<void>
  /** An attempt has failed, or several in a row. */
  failed: (why: Failure, repeatedly: boolean) => void
  /** An attempt after a failed one has succeeded. */
  recovered: () => void
  /** Something changed in a participant's unsent messages. */
  changed: (participant: string) => void
}

export class Sender {
  #api: Api
  #store: LocalStore
  #listener: SenderListener
  #turns: Turns
  /** Ids of messages the portal may already have, so they can't be taken back. */
  #sending = new Set<string>()
  #wait = firstWait
  /** Attempts in a row that failed. */
  #failures = 0
  /** How many bytes of messages go into a request. */
  #room = maxSize
  #again: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(api: Api, account: string, store: LocalStore, listener: SenderListener) {
    this.#turns = new Turns(`outbox ${account}`)
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

  /** Another tab has added a message, and sends it. */
  addedElsewhere() {
    if (!this.#closed) this.#again ??= setTimeout(() => void this.send(), takeOverAfter)
  }

  /** Removes a message that the portal doesn't have. Returns undefined if a tab may be sending it. */
  withdraw(id: string): Promise<Unsent | undefined> {
    return this.#turns.unlessTaken(() => (this.#sending.has(id) ? undefined : this.#store.remove(id)))
  }

  send = coalesce(() => this.#turns.take(() => this.#sendBatch()))

  /** Sends the waiting messages in the order they were written. Repeating an id never makes a second message. */
  async #sendBatch() {
    this.#rejectInvalid()
    const waiting = this.#store.unsent().filter((m) => !m.reason)
    const batch = waiting.slice(0, fitting(waiting, this.#room))
    clearTimeout(this.#again)
    this.#again = undefined
    if (batch.length === 0 || this.#closed) return
    const size = batch.reduce((sum, m) => sum + sizeOf(m), 0)
    const changed = () => {
      for (const { participant } of batch) this.#listener.changed(participant)
    }
    for (const { id } of batch) this.#sending.add(id)
    changed()
    let failure: Failure | undefined
    try {
      const messages = batch.map(({ id, participant, text, written_at }) => ({
        ...{ id, participant, text, written_at },
      }))
      const results = new Map((await this.#api.send(messages)).map((result) => [result.id, result]))
      this.#room = Math.min(Math.max(this.#room, 2 * size), maxSize)
      for (const message of batch) {
        const result = results.get(message.id)
        const error = result?.error
        if (!result || (error && !rejectsMessage(error.code))) failure = failureOf(error && asFailure(error))
        else if (error) this.#store.reject(message.id, error.detail)
        else await this.#confirmed(message)
      }
    } catch (thrown) {
      failure = failureOf(thrown)
      if (!waits.has(failure.code)) this.#room = Math.min(this.#room, size / 2)
    } finally {
      for (const { id } of batch) this.#sending.delete(id)
      changed()
    }
    if (failure) return this.#sendLater(failure)
    if (this.#failures > 0) this.#listener.recovered()
    this.#failures = 0
    this.#wait = firstWait
    if (waiting.length > batch.length) void this.send()
  }

  /** Rejects what an earlier version of these pages let through. The portal would refuse the others with it. */
  #rejectInvalid() {
    for (const { id, text, reason } of this.#store.unsent()) {
      const { problem } = validText(text)
      if (!reason && problem) this.#store.reject(id, problem)
    }
  }

  #sendLater(why: Failure) {
    if (this.#closed) return
    const wait = Math.max(this.#wait * (0.5 + Math.random()), why.wait ?? 0)
    this.#again = setTimeout(() => void this.send(), wait)
    this.#wait = Math.min(2 * this.#wait, longestWait)
    this.#listener.failed(why, ++this.#failures > 1)
  }

  async #confirmed(message: Unsent) {
    await this.#listener.confirmed(message)
    this.#store.remove(message.id)
  }
}

/** The codes with which the portal asks to wait. Smaller requests wouldn't help. */
const waits = new Set(['busy', 'too_many', 'unavailable'])

const utf8 = new TextEncoder()
const sizeOf = (message: Unsent) => utf8.encode(message.text).length + overhead

/** How many of the messages fit into a request. The first one always does. */
function fitting(messages: Unsent[], room: number): number {
  let size = 0
  const most = Math.min(messages.length, maxBatch)
  for (let n = 0; n < most; n++) {
    size += sizeOf(messages[n])
    if (n > 0 && size > room) return n
  }
  return most
}
