import type { Failure, WindowBackend } from './backend'
import { failureOf } from './failure'
import { Form } from './form.svelte'
import { newID } from './id'
import { coalesce } from './coalesce'
import type { Reply } from './reply'

/** The saved replies: the firm's and the user's own. */
export class Replies {
  /** By title; undefined until they have been read. */
  all = $state.raw<Reply[]>()
  /** Why they could not be read. */
  failure = $state.raw<Failure>()
  /** Shows where they are kept. */
  readonly manage: () => void
  /** Hears no more. */
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

  /** Throws why not. */
  remove({ id, firm }: Reply): Promise<void> {
    return this.#backend.removeReply(id, firm)
  }
}
