import type { ChatAddress, Message, WindowBackend } from './backend'

interface Sent {
  /** The chat in which it was written. */
  from: ChatAddress
  /** To whom, by name. */
  to: string[]
  messages: Message[]
}

/** What was sent last and has not left yet: for some seconds it can be undone. */
export class Leaving {
  now = $state.raw<Sent>()
  #backend: WindowBackend
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(backend: WindowBackend) {
    this.#backend = backend
  }

  /** What was sent can be undone from now on; left is called when it no longer can. */
  hold(sent: Sent, left: () => void) {
    clearTimeout(this.#timer)
    const until = Math.max(0, ...sent.messages.map((m) => m.leaves_at ?? 0))
    const rest = until - Date.now()
    this.now = rest > 0 ? sent : undefined
    if (rest <= 0) return
    this.#timer = setTimeout(() => {
      this.now = undefined
      left()
    }, rest)
  }

  /** Takes back what has not left, all but the writer's own message, which goes back into the box. */
  async takeBack(): Promise<{ from: ChatAddress; message: string } | undefined> {
    const sent = this.now
    if (!sent) return
    this.close()
    const [first, ...others] = sent.messages
    // One that has left after all stays, and the chat says so.
    await Promise.allSettled(others.map((m) => this.#backend.removeUnsent(m.id)))
    return { from: sent.from, message: first.id }
  }

  close() {
    clearTimeout(this.#timer)
    this.now = undefined
  }
}
