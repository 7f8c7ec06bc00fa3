import type { StatusPeriod, Unsent, WindowBackend } from './backend'
import type { OpenChat } from './chat.svelte'
import { failureOf } from './failure'

/** The status of the chat that is open: what stands, what the user has asked for, and what became of it. */
export class Status {
  /** Why what was asked for last cannot be done, as a sentence. */
  problem = $state('')
  #backend: WindowBackend
  #chat: OpenChat

  constructor(backend: WindowBackend, chat: OpenChat) {
    this.#backend = backend
    this.#chat = chat
  }

  current = $derived.by((): StatusPeriod | undefined =>
    this.#chat.info?.statuses.find((s) => s.ended_at === 0),
  )

  /** Newest first, without the one that stands. */
  earlier = $derived.by(() => this.#chat.info?.statuses.filter((s) => s.ended_at !== 0) ?? [])

  /** What the user asked for last and the portal has not confirmed. */
  asked = $derived.by(() => this.#decisions.findLast((d) => d.state !== 'rejected'))

  /** What the portal did not do, the oldest first. */
  rejected = $derived.by(() => this.#decisions.filter((d) => d.state === 'rejected'))

  get #decisions(): Unsent[] {
    return this.#chat.info?.decisions ?? []
  }

  /** Makes a message of the firm's the current status. */
  setCurrent = (message: string) => this.#try(() => this.#backend.decide(this.#chat.participant, message))

  takeDown = () => this.#try(() => this.#backend.decide(this.#chat.participant, ''))

  /** Takes back what was asked for and has not left. */
  cancel = ({ id }: Unsent) => this.#try(() => this.#backend.removeUnsent(id))

  /** Somebody else has set another meanwhile: theirs stays, or the user's own takes its place after all. */
  keepTheirs = ({ id }: Unsent) => this.#try(() => this.#backend.keepTheirs(id))
  useMine = ({ id }: Unsent) => this.#try(() => this.#backend.useMine(id))

  async #try(act: () => Promise<void>) {
    this.problem = ''
    try {
      await act()
    } catch (thrown) {
      this.problem = failureOf(thrown).message
    }
    await this.#chat.refresh()
  }
}

/** Whether somebody else's status was in the way. */
export const isSuperseded = (decision: Unsent) => decision.code === 'superseded'
