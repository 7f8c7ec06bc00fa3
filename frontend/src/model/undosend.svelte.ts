import type { ChatAddress, Message, WindowBackend } from './backend'

interface SentMessages {
  /** The chat in which it was written. */
  chat: ChatAddress
  /** To whom, by name. */
  to: string[]
  messages: Message[]
}

/** What was sent last and has not expired yet: for some seconds it can be undone. */
export class UndoSend {
  sent = $state.raw<SentMessages>()
  #backend: WindowBackend
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(backend: WindowBackend) {
    this.#backend = backend
  }

  /** What was sent can be undone from now on; expired is called when it no longer can. */
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

  /** Takes back what has not expired, all but the writer's own message, which goes back into the box. */
  async takeBack(): Promise<{ chat: ChatAddress; message: string } | undefined> {
    const sent = this.sent
    if (!sent) return
    this.close()
    const [first, ...others] = sent.messages
    // One that has expired after all stays, and the chat says so.
    await Promise.allSettled(others.map((m) => this.#backend.removeUnsent(m.id)))
    return { chat: sent.chat, message: first.id }
  }

  close() {
    clearTimeout(this.#timer)
    this.sent = undefined
  }
}
