import type { Chat, ChatBackend, Failure, Message } from './backend'
import type { Draft } from './draft.svelte'
import { failureOf } from './failure'
import { once } from './once'
import { joined, newestVersion, withStatuses } from './pages'

/** How many characters a message may have; app/chat has the same limit. */
const maxText = 10_000

/**
 * One chat that is open: its newest messages, and as many older ones as were asked for. Another chat that
 * is opened is another object, so an answer that comes late never shows in it.
 */
export class OpenChat {
  readonly participant: string
  readonly draft: Draft
  /** The chat as it was last read; its messages are in messages. Undefined until then. */
  info = $state.raw<Chat>()
  failure = $state.raw<Failure>()
  messages = $state.raw<Message[]>([])
  /** There are older ones. */
  more = $state(false)
  /** Why what was asked for last cannot be done, as a sentence. */
  problem = $state('')
  /** The message that was searched for, once it is here; another object for each search. */
  found = $state.raw<{ message: string }>()

  #backend: ChatBackend
  #sending = false
  #reading: Promise<void> | undefined
  #newestOnScreen = false
  #attention = false
  /** How far the user has read. */
  #read = 0
  /** The "New" line stands above the first news after this version. */
  #newAfter = $state(0)

  constructor(backend: ChatBackend, participant: string, draft: Draft) {
    this.#backend = backend
    this.participant = participant
    this.draft = draft
  }

  /** The message above which the "New" line stands; none until it is certain that it is the first. */
  newFrom = $derived.by(() => {
    const first = this.messages.find((m) => isNews(m, this.#newAfter))
    const certain = !this.more || this.messages[0]?.version <= this.#newAfter
    return first && certain ? first.id : ''
  })

  /** Reads what is new, and joins it to what is here. */
  refresh = once(async () => {
    try {
      const chat = await this.#backend.chat(this.participant, 0)
      let { messages: page, more } = chat
      // Down to what is here already, so that nothing is missing in between.
      const here = newestVersion(this.messages)
      while (here > 0 && more && page[0].version > here) {
        const older = await this.#backend.chat(this.participant, page[0].version)
        page = [...older.messages, ...page]
        more = older.more
      }
      this.#show(chat, page, more)
    } catch (thrown) {
      this.failure = failureOf(thrown)
      if (this.failure.code === 'not_found') this.info = undefined
    }
  })

  #show(chat: Chat, page: Message[], more: boolean) {
    const all = joined(this.messages, page)
    const opening = this.info === undefined
    const hadNews = this.messages.some((m) => isNews(m, this.#read))
    const hadLine = this.newFrom !== ''
    if (all.length === page.length) this.more = more
    this.messages = withStatuses(all, chat.statuses)
    if (opening) this.#newAfter = chat.read_upto
    else if (!hadNews && !this.#inSight) this.#newAfter = this.#read
    else if (!hadNews && !hadLine) this.#newAfter = newestVersion(all) // read as it comes
    this.#read = Math.max(this.#read, chat.read_upto)
    this.info = chat
    this.failure = undefined
    this.draft.show(chat.draft)
    this.#markRead()
  }

  /** Reads the page before the oldest message that is here. */
  older(): Promise<void> {
    return (this.#reading ??= this.#readOlder().finally(() => (this.#reading = undefined)))
  }

  async #readOlder() {
    const oldest = this.messages[0]
    if (!this.more || !oldest) return
    try {
      const { messages, more, statuses } = await this.#backend.chat(this.participant, oldest.version)
      if (this.messages[0] !== oldest) return // read anew meanwhile
      this.messages = [...withStatuses(messages, this.info?.statuses ?? statuses), ...this.messages]
      this.more = more
    } catch (thrown) {
      this.problem = failureOf(thrown).message
    }
  }

  /** Shows a message that was searched for, however old it is. */
  async find(id: string) {
    while (!this.messages.some((m) => m.id === id)) {
      const had = this.messages.length
      await this.older()
      if (this.messages.length === had) return
    }
    this.found = { message: id }
  }

  /** Says whether the draft can be sent, and if not, why. */
  sayable(): boolean {
    const length = [...this.draft.text.trim()].length
    if (length === 0) this.problem = 'Write a message first.'
    else if (length > maxText)
      this.problem = `A message can have ${count(maxText)} characters; this one has ${count(length)}. Please shorten it or send it in parts.`
    else this.problem = ''
    return this.problem === ''
  }

  async send() {
    if (this.#sending || !this.sayable()) return
    this.#sending = true
    const { text, setStatus } = this.draft
    try {
      await this.draft.settle() // or what is kept would come back after it was sent
      await this.#backend.send(this.participant, text, setStatus)
      this.draft.sent(text)
      this.#newAfter = Infinity
      this.found = undefined
      await this.refresh()
    } catch (thrown) {
      this.problem = failureOf(thrown).message
    } finally {
      this.#sending = false
    }
  }

  write(text: string, setStatus: boolean) {
    this.problem = ''
    this.draft.write(text, setStatus)
  }

  /** Takes an unsent message back into the box, in front of what is there. */
  async edit(id: string) {
    await this.#change(async () => {
      await this.draft.settle()
      this.draft.replace(await this.#backend.editUnsent(id))
    })
  }

  async remove(id: string) {
    await this.#change(() => this.#backend.removeUnsent(id))
  }

  async #change(act: () => Promise<void>) {
    this.problem = ''
    try {
      await act()
    } catch (thrown) {
      this.problem = failureOf(thrown).message
    }
    await this.refresh()
  }

  /** Told by the screen: whether the newest message is on it. */
  newestOnScreen(is: boolean) {
    this.#newestOnScreen = is
    this.#markRead()
  }

  /** Told by the window: whether it has the user's attention. */
  attention(is: boolean) {
    this.#attention = is
    this.#markRead()
  }

  get #inSight() {
    return this.#newestOnScreen && this.#attention
  }

  #markRead() {
    const had = this.#read
    if (!this.#inSight || !this.messages.some((m) => isNews(m, had))) return
    this.#read = newestVersion(this.messages)
    this.#backend.markRead(this.participant, this.#read).catch(() => {
      this.#read = had // the next look tries again
    })
  }
}

const isNews = (m: Message, after: number) => !m.mine && m.version > after

const count = (n: number) => n.toLocaleString('en-GB')
