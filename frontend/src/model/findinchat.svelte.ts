import type { MessagePosition, WindowBackend } from './backend'
import type { OpenChat } from './chat.svelte'
import { failureOf } from './failure'
import { coalesce } from './coalesce'

/** Finds words in the open chat, newest message first. */
export class FindInChat {
  text = $state('')
  spots = $state.raw<MessagePosition[]>([])
  /** There are older results, too. */
  more = $state(false)
  /** The index of the result on screen; 0 is the newest. */
  index = $state(0)
  problem = $state('')
  #backend: WindowBackend
  #chat: OpenChat

  constructor(backend: WindowBackend, chat: OpenChat) {
    this.#backend = backend
    this.#chat = chat
  }

  type(text: string) {
    this.text = text
    void this.#look()
  }

  #look = coalesce(async () => {
    const text = this.text.trim()
    try {
      const { found, more } = text
        ? await this.#backend.findInChat(this.#chat.participant, text)
        : { found: [], more: false }
      this.spots = found
      this.more = more
      this.index = 0
      this.problem = ''
      if (found.length > 0) await this.#chat.goToMessage(found[0])
    } catch (thrown) {
      this.problem = failureOf(thrown).message
    }
  })

  /** Goes to the next older (1) or newer (-1) result, and around at the ends. */
  async go(by: number) {
    const { length } = this.spots
    if (length === 0) return
    this.index = (this.index + by + length) % length
    await this.#chat.goToMessage(this.spots[this.index])
  }
}
