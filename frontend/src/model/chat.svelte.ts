import { tick } from 'svelte'
import { maxText } from '../shared/limits'
import type { Chat, ChatBackend, Failure, Message, MessagePosition } from './backend'
import type { Draft } from './draft.svelte'
import { failureOf } from './failure'
import { reuseUnchanged } from './reuse'
import { coalesce } from './coalesce'
import { joinPage, newestVersion, withStatuses } from './pages'

/** How many messages of a chat are here at most: with one page more, the far end is let go. */
const maxLoaded = 600

/**
 * One chat that is open, and the part of it that is here: a run of messages that grows at the end that is
 * looked at. Another chat that is opened is another object, so an answer that comes late never shows in it.
 */
export class OpenChat {
  readonly participant: string
  readonly draft: Draft
  /** The chat as it was last read; its messages are in messages. Undefined until then. */
  info = $state.raw<Chat>()
  failure = $state.raw<Failure>()
  messages = $state.raw<Message[]>([])
  /** There are older ones, and newer ones, than are here. */
  more = $state(false)
  newer = $state(false)
  /** Why what was asked for last cannot be done, as a sentence. */
  problem = $state('')
  /** Where the user wants to be: at a message, highlight if it was searched for, or with none at the end. Another
   * object for each time. */
  scrollTarget = $state.raw<{ message: string; highlight: boolean }>()
  /** What others said just now, and how much of what they said has not been in sight. */
  arrived = $state.raw<Message[]>([])
  unseen = $state(0)
  /** It is more than that: it came faster than it was read. */
  uncounted = $state(false)

  #backend: ChatBackend
  #sending = false
  #reading: Promise<void> | undefined
  #newestOnScreen = false
  #attention = false
  /** The version of the newest message, here or not. */
  #latest = 0
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
    const first = this.messages.find((m) => isUnread(m, this.#newAfter))
    const certain = !this.more || this.messages[0]?.version <= this.#newAfter
    return first && certain ? first.id : ''
  })

  /** Reads what is new, and joins it to what is here. */
  refresh = coalesce(async () => {
    try {
      const newest = await this.#backend.chat(this.participant, 0)
      // A chat opens where its reader stopped; one that they have never read, at its end.
      const missed = newest.more && newest.messages[0].version > newest.read_upto && newest.read_upto > 0
      if (this.info === undefined && missed) {
        this.#show(newest, await this.#backend.chatAround(this.participant, newest.read_upto))
      } else this.#show(newest, newest)
    } catch (thrown) {
      this.failure = failureOf(thrown)
      if (this.failure.code === 'not_found') this.info = undefined
    }
  })

  /** Shows a chat as it stands now, and of its messages a page: the newest, unless the chat is just opened. */
  #show(chat: Chat, page: Chat) {
    const opening = this.info === undefined
    const hadUnread = this.messages.some((m) => isUnread(m, this.#read))
    const hadLine = this.newFrom !== ''
    this.#arrive(chat, opening)
    const before = this.messages
    const newestHere = newestVersion(before)
    // Versions went back: the portal was restored from a backup, and what is here may be of another time.
    const back = newestHere > newestVersion(page.messages)
    if (newestHere === 0 || back) this.#replace(page)
    else if (!page.more || page.messages[0].version <= newestHere) {
      const all = joinPage(this.messages, page.messages)
      if (all.length === page.messages.length) this.more = page.more
      this.messages = all
      this.newer = page.newer
    } else this.#dropNewest() // too much came at once; it is read when one gets there
    this.messages = reuseUnchanged(before, withStatuses(this.messages, chat.statuses), (m) => m.id)
    if (opening) this.#newAfter = chat.read_upto
    else if (!hadUnread && !this.#inSight) this.#newAfter = this.#read
    else if (!hadUnread && !hadLine) this.#newAfter = this.#latest // read as it comes
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

  /** The end is not here any more. */
  #dropNewest() {
    this.newer = true
    this.messages = this.messages.filter((m) => m.version > 0)
  }

  /** Reads the page before the oldest message that is here. */
  loadOlder = () => this.#load(() => this.#loadOlder())

  async #loadOlder() {
    const oldest = this.messages[0]
    if (!this.more || !oldest) return
    const { messages, more } = await this.#backend.chat(this.participant, oldest.version)
    if (this.messages[0] !== oldest) return // read anew meanwhile
    this.messages = [...this.#withStatuses(messages), ...this.messages]
    this.more = more
    if (this.messages.length <= maxLoaded) return
    await tick() // a list follows one of its ends at a time
    this.messages = this.messages.slice(0, maxLoaded)
    this.#dropNewest()
  }

  /** Reads the page after the newest message that is here. */
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

  /** One page after the other. */
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

  /** Goes to the first message at a time or later: page is that around it. */
  async goToTime(time: number, page: Promise<Chat>) {
    if (!(await this.#showOnly(page))) return
    const first = this.messages.find((m) => m.sent_at >= time)
    this.scrollTarget = { message: first?.id ?? '', highlight: false }
  }

  /** Goes to the end. */
  async goToEnd() {
    if (!this.newer || (await this.#showOnly(this.#backend.chat(this.participant, 0))))
      this.scrollTarget = { message: '', highlight: false }
  }

  /** Has only a page here, once it is read. */
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

  /** Says whether the draft can be sent, and if not, why. */
  validate(): boolean {
    const length = [...this.draft.text.trim()].length
    if (length === 0) this.problem = 'Write a message first.'
    else if (length > maxText)
      this.problem = `Messages can have up to ${count(maxText)} characters. This one has ${count(length)}. Shorten it or send it in parts.`
    else this.problem = ''
    return this.problem === ''
  }

  /** Sends the draft to the participant, and to others of the matter in their own chats; what was sent. */
  async send(others: string[] = []): Promise<Message[]> {
    if (this.#sending || !this.validate()) return []
    this.#sending = true
    const { text, setStatus } = this.draft
    try {
      await this.draft.flush() // or what is kept would come back after it was sent
      const to = [this.participant, ...others]
      const sent = await this.#backend.send(this.participant, to, text, setStatus)
      this.draft.sent(text)
      this.#newAfter = Infinity
      this.#sending = false // the next can be sent while this one is being shown
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

  /** Takes an unsent message back into the box, in front of what is there. */
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

  /** Told by the screen: whether the newest message is on it. */
  setNewestOnScreen(is: boolean) {
    this.#newestOnScreen = is
    if (is) {
      this.unseen = 0
      this.uncounted = false
    }
    this.#markRead()
  }

  /** Told by the window: whether it has the user's attention. */
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
      this.#read = had // the next look tries again
    })
  }
}

const isUnread = (m: Message, after: number) => !m.mine && m.version > after

const count = (n: number) => n.toLocaleString('en-GB')
