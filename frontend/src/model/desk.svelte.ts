import { alertKey, Alerts } from './alerts.svelte'
import type { ChatAddress, Hit, Matter, ParticipantRow, Unsent, WindowBackend } from './backend'
import { OpenChat } from './chat.svelte'
import { Draft } from './draft.svelte'
import { Freshness } from './freshness.svelte'
import { UndoSend } from './undosend.svelte'
import { coalesce } from './coalesce'
import { Outbox } from './outbox.svelte'
import { OpenMatter } from './matter.svelte'
import { Matters } from './matters.svelte'
import { Search } from './search.svelte'
import { Unanswered } from './unanswered.svelte'

/** Everything on the signed-in user's screen. Only the user changes which chat is open. */
export class Desk {
  readonly matters: Matters
  readonly unanswered: Unanswered
  readonly alerts: Alerts
  readonly freshness: Freshness
  readonly search: Search
  readonly outbox: Outbox
  /** The last message sent, while it can be undone. */
  readonly undoSend: UndoSend
  matter = $state.raw<OpenMatter>()
  chat = $state.raw<OpenChat>()
  /** The open tab. */
  tab = $state<'chat' | 'status'>('chat')
  #backend: WindowBackend
  #account: string
  #leaveTo: (at: ChatAddress) => unknown
  /** The drafts of all chats opened so far, so that an unsaved one survives a change of chat. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- the screen doesn't read the map
  #drafts = new Map<string, Draft>()
  #stops: (() => void)[]
  #sending: Promise<void> = Promise.resolve()
  #leaveGuards: ((go: () => void) => void)[] = []

  /** leaveTo opens a chat of another account. */
  constructor(backend: WindowBackend, account = '', leaveTo: (at: ChatAddress) => unknown = () => {}) {
    this.#backend = backend
    this.#account = account
    this.#leaveTo = leaveTo
    this.#stops = [
      backend.onChanged((matters) => void this.#changed(matters)),
      backend.onOpenChat(() => void this.#takeChatToOpen()),
    ]
    this.matters = new Matters(backend)
    this.unanswered = new Unanswered(backend)
    this.alerts = new Alerts(backend)
    this.freshness = new Freshness(backend)
    this.search = new Search(backend)
    this.outbox = new Outbox(backend)
    this.undoSend = new UndoSend(backend)
    this.#stops.push(
      () => this.alerts.close(),
      () => this.freshness.close(),
      () => this.undoSend.close(),
    )
    void this.#takeChatToOpen()
  }

  /** Opens a matter at its first unread chat, or at its first chat. */
  async openMatter(id: string) {
    if (this.matter?.id === id) return
    this.#leaveChat()
    const matter: OpenMatter = this.#enterMatter(id, async ({ participants: people }) => {
      const person = people.find((p) => p.unread > 0) ?? people.find((p) => !p.removed) ?? people[0]
      // The user may have opened another chat since.
      if (this.matter === matter && !this.chat && person) await this.#enterChat(person.id)
    })
    await matter.refresh()
  }

  async openChat({ matter, participant }: ChatAddress) {
    if (this.matter?.id !== matter) void this.#enterMatter(matter).refresh()
    this.tab = 'chat'
    if (this.chat?.participant !== participant) await this.#enterChat(participant)
  }

  /** Opens the chat of an alert, in its account. A reminder in a chat that has been read ends with it. */
  async openAlert({ account, matter, participant }: ChatAddress) {
    if (this.#isElsewhere(account)) return this.#leaveTo({ account, matter, participant })
    await this.openChat({ matter, participant })
    if (!this.alerts.loaded) await this.alerts.refresh()
    const key = alertKey({ account: this.#account, participant })
    const alert = this.alerts.value.find((alert) => alertKey(alert) === key)
    if (alert?.reminder && alert.count === 0) await this.alerts.markRead(alert).catch(() => {})
  }

  /** Whether the window shows another account. */
  #isElsewhere(account?: string): account is string {
    return !!account && account !== this.#account
  }

  async openHit(hit: Hit) {
    if (hit.kind === 'matter') return this.openMatter(hit.matter)
    const opened = this.openChat(hit)
    const chat = this.chat
    await opened
    if (hit.kind === 'message') await chat?.goToMessage(hit)
  }

  /** Opens the chat or the matter that an unsent item belongs to. */
  openUnsent({ matter, participant }: Unsent): Promise<void> {
    return participant ? this.openChat({ matter, participant }) : this.openMatter(matter)
  }

  /** Opens an unsent message's chat and moves its text back into the box. */
  async editUnsent(row: Unsent) {
    await this.openUnsent(row)
    await this.chat?.edit(row.id)
    await this.outbox.refresh()
  }

  /** Sends the draft to the open chat's participant and to other participants of the matter. */
  send(others: ParticipantRow[] = []): Promise<void> {
    return (this.#sending = this.#send(others))
  }

  async #send(others: ParticipantRow[]) {
    const chat = this.chat
    if (!chat?.info) return
    const { matter, participant, name } = chat.info
    const messages = await chat.send(others.map((person) => person.id))
    if (messages.length === 0) return
    const to = [name, ...others.map((person) => person.name)]
    this.undoSend.start({ chat: { matter, participant }, to, messages }, () => void this.chat?.refresh())
  }

  /** Takes back the last message and puts its text back into its chat's box. */
  async undo() {
    await this.#sending // the box is empty before it is known what can be undone
    const sent = await this.undoSend.takeBack()
    if (!sent) return
    await this.openChat(sent.chat)
    if (this.chat?.participant === sent.chat.participant) await this.chat.edit(sent.message)
  }

  /** Lets leave decide whether a clicked notification may open its chat, until the returned function is called. */
  guardLeaving(leave: (go: () => void) => void): () => void {
    this.#leaveGuards.push(leave)
    return () => (this.#leaveGuards = this.#leaveGuards.filter((other) => other !== leave))
  }

  /** Saves what is typed in the open chat. */
  async flush() {
    await this.chat?.draft.flush()
  }

  /** Stops everything when the window closes. */
  close() {
    this.#leaveChat()
    for (const stop of this.#stops) stop()
  }

  /** Copies the link to a matter, a chat in it, or a message in that. */
  async copyLink(matter: string, participant = '', message = '') {
    await this.#backend.copy(await this.#backend.link(matter, participant, message))
  }

  /** Opens what the user opened by a notification, a tray entry or a link, if they did. */
  #takeChatToOpen = coalesce(async () => {
    const at = await this.#backend.takeChatToOpen().catch(() => undefined)
    if (!at?.matter) return
    const go = () => void this.#openAddress(at)
    const leave = this.#leaveGuards.at(-1)
    if (leave) leave(go)
    else go()
  })

  async #openAddress(at: ChatAddress) {
    if (this.#isElsewhere(at.account)) return this.#leaveTo(at)
    const { matter, participant, message, version } = at
    if (!participant) return this.openMatter(matter)
    const opened = this.openAlert({ matter, participant })
    const chat = this.chat
    await opened
    if (message) await chat?.goToMessage({ message, version: version ?? 0 })
  }

  #enterMatter(id: string, before?: (value: Matter) => Promise<void>): OpenMatter {
    this.matters.opened(id)
    return (this.matter = new OpenMatter(this.#backend, id, before))
  }

  #enterChat(participant: string): Promise<void> {
    this.#leaveChat()
    let draft = this.#drafts.get(participant)
    if (!draft) this.#drafts.set(participant, (draft = new Draft(this.#backend, participant)))
    this.tab = 'chat'
    this.chat = new OpenChat(this.#backend, participant, draft)
    return this.chat.refresh()
  }

  #leaveChat() {
    void this.chat?.draft.flush()
    this.chat = undefined
  }

  async #changed(matters: string[]) {
    this.outbox.changed()
    // Refresh the open chat first, because the lists may be long.
    if (this.matter && matters.includes(this.matter.id))
      await Promise.all([this.matter.refresh(), this.chat?.refresh()])
    void this.matters.refresh(matters)
    void this.unanswered.refresh(matters)
    void this.search.changed()
  }
}
