import { tick } from 'svelte'
import { maxText } from '../shared/limits'
import type { Chat, ChatBackend, Failure, Message, Spot } from './backend'
import type { Draft } from './draft.svelte'
import { failureOf } from './failure'
import { kept } from './kept'
import { once } from './once'
import { joined, newestVersion, withStatuses } from './pages'

/** How many messages of a chat are here at most: with one page more, the far end is let go. */
const most = 600

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
  /** Where the user wants to be: at a message, lit if it was searched for, or with none at the end. Another
   * object for each time. */
  at = $state.raw<{ message: string; lit: boolean }>()
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
    const first = this.messages.find((m) => isNews(m, this.#newAfter))
    const certain = !this.more || this.messages[0]?.version <= this.#newAfter
    return first && certain ? first.id : ''
  })

  /** Reads what is new, and joins it to what is here. */
  refresh = once(async () => {
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
    const hadNews = this.messages.some((m) => isNews(m, this.#read))
    const hadLine = this.newFrom !== ''
    this.#arrive(chat, opening)
    const before = this.messages
    const here = newestVersion(before)
    // Versions went back: the portal was restored from a backup, and what is here may be of another time.
    const back = here > newestVersion(page.messages)
    if (here === 0 || back) this.#replace(page)
    else if (!page.more || page.messages[0].version <= here) {
      const all = joined(this.messages, page.messages)
      if (all.length === page.messages.length) this.more = page.more
      this.messages = all
      this.newer = page.newer
    } else this.#open() // too much came at once; it is read when one gets there
    this.messages = kept(before, withStatuses(this.messages, chat.statuses), (m) => m.id)
    if (opening) this.#newAfter = chat.read_upto
    else if (!hadNews && !this.#inSight) this.#newAfter = this.#read
    else if (!hadNews && !hadLine) this.#newAfter = this.#latest // read as it comes
    this.#read = Math.max(this.#read, chat.read_upto)
    this.info = chat
    this.failure = undefined
    this.draft.show(chat.draft)
    this.#markRead()
  }

  #arrive({ messages, more }: Chat, opening: boolean) {
    const arrived = opening ? [] : messages.filter((m) => isNews(m, this.#latest))
    const gap = more && messages[0].version > this.#latest
    this.#latest = newestVersion(messages)
    if (arrived.length === 0) return
    this.arrived = arrived
    if (this.#inSight) return
    this.unseen += arrived.length
    this.uncounted ||= gap
  }

  #replace(page: Chat) {
    this.messages = this.#marked(page.messages)
    this.more = page.more
    this.newer = page.newer
  }

  /** The end is not here any more. */
  #open() {
    this.newer = true
    this.messages = this.messages.filter((m) => m.version > 0)
  }

  /** Reads the page before the oldest message that is here. */
  older = () => this.#grow(() => this.#older())

  async #older() {
    const oldest = this.messages[0]
    if (!this.more || !oldest) return
    const { messages, more } = await this.#backend.chat(this.participant, oldest.version)
    if (this.messages[0] !== oldest) return // read anew meanwhile
    this.messages = [...this.#marked(messages), ...this.messages]
    this.more = more
    if (this.messages.length <= most) return
    await tick() // a list follows one of its ends at a time
    this.messages = this.messages.slice(0, most)
    this.#open()
  }

  /** Reads the page after the newest message that is here. */
  later = () => this.#grow(() => this.#later())

  async #later() {
    const newest = this.messages.at(-1)
    if (!this.newer || !newest) return
    const { messages, newer } = await this.#backend.chatAfter(this.participant, newest.version)
    if (this.messages.at(-1) !== newest) return
    this.messages = [...this.messages, ...this.#marked(messages)]
    this.newer = newer
    if (this.messages.length <= most) return
    await tick()
    this.messages = this.messages.slice(-most)
    this.more = true
  }

  /** One page after the other. */
  #grow(read: () => Promise<void>): Promise<void> {
    return (this.#reading ??= read()
      .catch((thrown) => void (this.problem = failureOf(thrown).message))
      .finally(() => (this.#reading = undefined)))
  }

  #marked(messages: Message[]) {
    return withStatuses(messages, this.info?.statuses ?? [])
  }

  /** Goes to a message, wherever in the chat it is. An unsent one, with version 0, is at the end. */
  async show({ message, version }: Spot) {
    const here = () => this.messages.some((m) => m.id === message)
    const page = () =>
      version ? this.#backend.chatAround(this.participant, version) : this.#backend.chat(this.participant, 0)
    if (here() || (await this.#turnTo(page()))) this.at = { message: here() ? message : '', lit: true }
  }

  /** Goes to the first message at a time or later: page is that around it. */
  async jump(time: number, page: Promise<Chat>) {
    if (!(await this.#turnTo(page))) return
    const first = this.messages.find((m) => m.sent_at >= time)
    this.at = { message: first?.id ?? '', lit: false }
  }

  /** Goes to the end. */
  async toEnd() {
    if (!this.newer || (await this.#turnTo(this.#backend.chat(this.participant, 0))))
      this.at = { message: '', lit: false }
  }

  /** Has only a page here, once it is read. */
  async #turnTo(page: Promise<Chat>): Promise<boolean> {
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
  sayable(): boolean {
    const length = [...this.draft.text.trim()].length
    if (length === 0) this.problem = 'Enter a message first.'
    else if (length > maxText)
      this.problem = `Messages can have up to ${count(maxText)} characters. This one has ${count(length)}. Shorten it or send it in parts.`
    else this.problem = ''
    return this.problem === ''
  }

  /** Sends the draft to the participant, and to others of the matter in their own chats; what was sent. */
  async send(others: string[] = []): Promise<Message[]> {
    if (this.#sending || !this.sayable()) return []
    this.#sending = true
    const { text, setStatus } = this.draft
    try {
      await this.draft.settle() // or what is kept would come back after it was sent
      const to = [this.participant, ...others]
      const sent = await this.#backend.send(this.participant, to, text, setStatus)
      this.draft.sent(text)
      this.#newAfter = Infinity
      this.#sending = false // the next can be sent while this one is being shown
      await this.refresh()
      await this.toEnd()
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
    if (is) {
      this.unseen = 0
      this.uncounted = false
    }
    this.#markRead()
  }

  /** Told by the window: whether it has the user's attention. */
  attention(is: boolean) {
    this.#attention = is
    this.#markRead()
  }

  get #inSight() {
    return this.#newestOnScreen && this.#attention && !this.newer
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
