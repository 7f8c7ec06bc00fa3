import type { ChatAddress, Message, WindowBackend } from './backend'

interface SentMessages {
  /** The chat it was written in. */
  chat: ChatAddress
  /** The recipients' names. */
  to: string[]
  messages: Message[]
}

/** The messages sent last, which can be undone for some seconds. */
export class UndoSend {
  sent = $state.raw<SentMessages>()
  #backend: WindowBackend
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(backend: WindowBackend) {
    this.#backend = backend
  }

  /** Starts the time in which sent messages can be undone. Calls expired at its end. */
  start(sent: SentMessages, expired: () => void) {
    clearTimeout(this.#timer)
    const until = Math.max(0, ...sent.messages.map((m) => m.leaves_at ?? 0))
    const rest = until - Date.now()
    this.sent = rest > 0 ? sent : undefined
    if (rest <= 0) return
    this.#timer = setTimeout(() => {
      this.sent = undefined
      expired()
    }, rest)
  }

  /** Removes the unsent messages to the other recipients and returns the first, whose text goes back into the box. */
  async takeBack(): Promise<{ chat: ChatAddress; message: string } | undefined> {
    const sent = this.sent
    if (!sent) return
    this.close()
    const [first, ...others] = sent.messages
    // A message that has left in the meantime stays, and its chat shows it.
    await Promise.allSettled(others.map((m) => this.#backend.removeUnsent(m.id)))
    return { chat: sent.chat, message: first.id }
  }

  close() {
    clearTimeout(this.#timer)
    this.sent = undefined
  }
}
