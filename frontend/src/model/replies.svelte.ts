import type { Failure, WindowBackend } from './backend'
import { failureOf } from './failure'
import { Form } from './form.svelte'
import { newID } from './id'
import { coalesce } from './coalesce'
import type { Reply } from './reply'

/** The saved replies: the firm's and the user's own. */
export class Replies {
  /** Sorted by title; undefined until read. */
  all = $state.raw<Reply[]>()
  /** Why reading failed. */
  failure = $state.raw<Failure>()
  /** Opens the sheet of saved replies. */
  readonly manage: () => void
  /** Stops listening. */
  readonly close: () => void
  #backend: WindowBackend

  constructor(backend: WindowBackend, manage: () => void) {
    this.#backend = backend
    this.manage = manage
    this.close = backend.onReplies(() => void this.refresh())
    void this.refresh()
  }

  refresh = coalesce(async () => {
    try {
      const all = await this.#backend.replies()
      this.all = [...all].sort((a, b) => a.title.localeCompare(b.title))
      this.failure = undefined
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  })

  of(firm: boolean): Reply[] {
    return this.all?.filter((reply) => reply.firm === firm) ?? []
  }

  add(firm: boolean): Form<Reply> {
    return this.edit({ id: newID(Date.now()), title: '', text: '', firm })
  }

  edit(reply: Reply): Form<Reply> {
    return new Form(reply, (changed) => this.#backend.saveReply(changed))
  }

  /** Throws a Failure. */
  remove({ id, firm }: Reply): Promise<void> {
    return this.#backend.removeReply(id, firm)
  }
}
