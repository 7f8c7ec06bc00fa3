import type { StatusPeriod, Unsent, WindowBackend } from './backend'
import type { OpenChat } from './chat.svelte'
import { failureOf } from './failure'

/** The open chat's status: the current one, the user's unconfirmed decisions, and the rejected ones. */
export class Status {
  /** Why the last action failed, as a sentence. */
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

  /** Past statuses, newest first. */
  earlier = $derived.by(() => this.#chat.info?.statuses.filter((s) => s.ended_at !== 0) ?? [])

  /** The user's last decision that the portal hasn't confirmed. */
  asked = $derived.by(() => this.#decisions.findLast((d) => d.state !== 'rejected'))

  /** Decisions that the portal rejected, oldest first. */
  rejected = $derived.by(() => this.#decisions.filter((d) => d.state === 'rejected'))

  get #decisions(): Unsent[] {
    return this.#chat.info?.decisions ?? []
  }

  /** Makes one of the firm's messages the current status. */
  setCurrent = (message: string) => this.#try(() => this.#backend.decide(this.#chat.participant, message))

  takeDown = () => this.#try(() => this.#backend.decide(this.#chat.participant, ''))

  /** Cancels a decision that hasn't been sent. */
  cancel = ({ id }: Unsent) => this.#try(() => this.#backend.removeUnsent(id))

  /** After a colleague has changed the status: keep theirs, or replace it with the user's own. */
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

/** Whether the decision was rejected because a colleague had changed the status. */
export const isSuperseded = (decision: Unsent) => decision.code === 'superseded'
