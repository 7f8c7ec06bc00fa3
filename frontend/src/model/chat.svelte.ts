import { tick } from 'svelte'
import { validText } from '../shared/text'
import type { Chat, ChatBackend, Failure, Message, MessagePosition } from './backend'
import type { Draft } from './draft.svelte'
import { failureOf } from './failure'
import { reuseUnchanged } from './reuse'
import { coalesce } from './coalesce'
import { joinPage, newestVersion, withStatuses } from './pages'

/** The most messages to keep loaded. Beyond it, the far end is dropped. */
const maxLoaded = 600

/**
 * The open chat and its loaded messages: one run, which grows at the end that the user looks at. Each opened chat is
 * a new object, so that a late answer never shows in another one.
 */
export class OpenChat {
  readonly participant: string
  readonly draft: Draft
  /** The chat as last read, apart from its messages. Undefined until read. */
  info = $state.raw<Chat>()
  failure = $state.raw<Failure>()
  messages = $state.raw<Message[]>([])
  /** Whether there are older and newer messages than those loaded. */
  more = $state(false)
  newer = $state(false)
  /** Why the last action failed, as a sentence. */
  problem = $state('')
  /** Where to scroll: to a message, highlighted if it was searched for, or to the end if message is empty. A new
   * object for each time. */
  scrollTarget = $state.raw<{ message: string; highlight: boolean }>()
  /** Messages that other people have just sent, and the number of those that haven't been on screen. */
  arrived = $state.raw<Message[]>([])
  unseen = $state(0)
  /** There are more than unseen: they arrived faster than they were read. */
  uncounted = $state(false)

  #backend: ChatBackend
  #sending = false
  #reading: Promise<void> | undefined
  #newestOnScreen = false
  #attention = false
  /** The version of the newest message, loaded or not. */
  #latest = 0
  /** Up to which version the user has read. */
  #read = 0
  /** The "New" line is above the first unread message after this version. */
  #newAfter = $state(0)

  constructor(backend: ChatBackend, participant: string, draft: Draft) {
    this.#backend = backend
    this.participant = participant
    this.draft = draft
  }

  /** The message below the "New" line. Empty until it is certain which one is the first. */
  newFrom = $derived.by(() => {
    const first = this.messages.find((m) => isUnread(m, this.#newAfter))
    const certain = !this.more || this.messages[0]?.version <= this.#newAfter
    return first && certain ? first.id : ''
  })

  /** Reads the newest page and joins it to the loaded messages. */
  refresh = coalesce(async () => {
    try {
      const newest = await this.#backend.chat(this.participant, 0)
      // A chat opens where its reader stopped, or at its end if they have never read it.
      const missed = newest.more && newest.messages[0].version > newest.read_upto && newest.read_upto > 0
      if (this.info === undefined && missed) {
        this.#show(newest, await this.#backend.chatAround(this.participant, newest.read_upto))
      } else this.#show(newest, newest)
    } catch (thrown) {
      this.failure = failureOf(thrown)
      if (this.failure.code === 'not_found') this.info = undefined
    }
  })

  /** Shows a chat and one page of its messages: the newest, unless the chat is being opened. */
  #show(chat: Chat, page: Chat) {
    const opening = this.info === undefined
    const hadUnread = this.messages.some((m) => isUnread(m, this.#read))
    const hadLine = this.newFrom !== ''
    this.#arrive(chat, opening)
    const before = this.messages
    const newestHere = newestVersion(before)
    // Versions went back, so the portal was restored from a backup. The loaded messages may no longer exist.
    const back = newestHere > newestVersion(page.messages)
    if (newestHere === 0 || back) this.#replace(page)
    else if (!page.more || page.messages[0].version <= newestHere) {
      const all = joinPage(this.messages, page.messages)
      if (all.length === page.messages.length) this.more = page.more
      this.messages = all
      this.newer = page.newer
    } else this.#dropNewest() // more than a page arrived at once; it is loaded when the user scrolls there
    this.messages = reuseUnchanged(before, withStatuses(this.messages, chat.statuses), (m) => m.id)
    if (opening) this.#newAfter = chat.read_upto
    else if (!hadUnread && !this.#inSight) this.#newAfter = this.#read
    else if (!hadUnread && !hadLine) this.#newAfter = this.#latest // read as it arrives
    this.#read = Math.max(this.#read, chat.read_upto)
    this.info = chat
    this.failure = undefined
    this.draft.show(chat.draft)
    this.#markRead()
  }

  #arrive({ messages, more }: Chat, opening: boolean) {
    const arrived = opening ? [] : messages.filter((m) => isUnread(m, this.#latest))
    const gap = more && messages[0].version > this.#latest
    this.#latest = newestVersion(messages)
    if (arrived.length === 0) return
    this.arrived = arrived
    if (this.#inSight) return
    this.unseen += arrived.length
    this.uncounted ||= gap
  }

  #replace(page: Chat) {
    this.messages = this.#withStatuses(page.messages)
    this.more = page.more
    this.newer = page.newer
  }

  /** The newest messages are no longer loaded. */
  #dropNewest() {
    this.newer = true
    this.messages = this.messages.filter((m) => m.version > 0)
  }

  /** Reads the page before the oldest loaded message. */
  loadOlder = () => this.#load(() => this.#loadOlder())

  async #loadOlder() {
    const oldest = this.messages[0]
    if (!this.more || !oldest) return
    const { messages, more } = await this.#backend.chat(this.participant, oldest.version)
    if (this.messages[0] !== oldest) return // the messages were replaced in the meantime
    this.messages = [...this.#withStatuses(messages), ...this.messages]
    this.more = more
    if (this.messages.length <= maxLoaded) return
    await tick() // a list can change at only one end at a time
    this.messages = this.messages.slice(0, maxLoaded)
    this.#dropNewest()
  }

  /** Reads the page after the newest loaded message. */
  loadNewer = () => this.#load(() => this.#loadNewer())

  async #loadNewer() {
    const newest = this.messages.at(-1)
    if (!this.newer || !newest) return
    const { messages, newer } = await this.#backend.chatAfter(this.participant, newest.version)
    if (this.messages.at(-1) !== newest) return
    this.messages = [...this.messages, ...this.#withStatuses(messages)]
    this.newer = newer
    if (this.messages.length <= maxLoaded) return
    await tick()
    this.messages = this.messages.slice(-maxLoaded)
    this.more = true
  }

  /** Reads one page at a time. */
  #load(read: () => Promise<void>): Promise<void> {
    return (this.#reading ??= read()
      .catch((thrown) => void (this.problem = failureOf(thrown).message))
      .finally(() => (this.#reading = undefined)))
  }

  #withStatuses(messages: Message[]) {
    return withStatuses(messages, this.info?.statuses ?? [])
  }

  /** Goes to a message, wherever in the chat it is. An unsent one, with version 0, is at the end. */
  async goToMessage({ message, version }: MessagePosition) {
    const here = () => this.messages.some((m) => m.id === message)
    const page = () =>
      version ? this.#backend.chatAround(this.participant, version) : this.#backend.chat(this.participant, 0)
    if (here() || (await this.#showOnly(page())))
      this.scrollTarget = { message: here() ? message : '', highlight: true }
  }

  /** Goes to the first message at a time or later. page is the page around it. */
  async goToTime(time: number, page: Promise<Chat>) {
    if (!(await this.#showOnly(page))) return
    const first = this.messages.find((m) => m.sent_at >= time)
    this.scrollTarget = { message: first?.id ?? '', highlight: false }
  }

  /** Goes to the newest message. */
  async goToEnd() {
    if (!this.newer || (await this.#showOnly(this.#backend.chat(this.participant, 0))))
      this.scrollTarget = { message: '', highlight: false }
  }

  /** Replaces the loaded messages with a page. */
  async #showOnly(page: Promise<Chat>): Promise<boolean> {
    this.problem = ''
    try {
      this.#replace(await page)
      return true
    } catch (thrown) {
      this.problem = failureOf(thrown).message
      return false
    }
  }

  /** Returns whether the draft can be sent, and shows why not. */
  validate(): boolean {
    this.problem = validText(this.draft.text).problem
    return this.problem === ''
  }

  /** Sends the draft to the participant, and to other participants in their own chats. Returns the messages. */
  async send(others: string[] = []): Promise<Message[]> {
    if (this.#sending || !this.validate()) return []
    this.#sending = true
    const { text, setStatus } = this.draft
    try {
      await this.draft.flush() // so that no late save brings the draft back
      const to = [this.participant, ...others]
      const sent = await this.#backend.send(this.participant, to, text, setStatus)
      this.draft.sent(text)
      this.#newAfter = Infinity
      this.#sending = false // the next one can be sent while this one is being shown
      await this.refresh()
      await this.goToEnd()
      return sent
    } catch (thrown) {
      this.#sending = false
      this.problem = failureOf(thrown).message
      return []
    }
  }

  write(text: string, setStatus: boolean) {
    this.problem = ''
    this.draft.write(text, setStatus)
  }

  /** Moves an unsent message's text back to the beginning of the box. */
  async edit(id: string) {
    await this.#change(async () => {
      await this.draft.flush()
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

  /** Call this when the newest message comes on screen or leaves it. */
  setNewestOnScreen(is: boolean) {
    this.#newestOnScreen = is
    if (is) {
      this.unseen = 0
      this.uncounted = false
    }
    this.#markRead()
  }

  /** Call this when the window gains or loses the user's attention. */
  setAttention(is: boolean) {
    this.#attention = is
    this.#markRead()
  }

  get #inSight() {
    return this.#newestOnScreen && this.#attention && !this.newer
  }

  #markRead() {
    const had = this.#read
    if (!this.#inSight || !this.messages.some((m) => isUnread(m, had))) return
    this.#read = newestVersion(this.messages)
    this.#backend.markRead(this.participant, this.#read).catch(() => {
      this.#read = had // the next time the user looks, it is tried again
    })
  }
}

const isUnread = (m: Message, after: number) => !m.mine && m.version > after
