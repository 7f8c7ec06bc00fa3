import type { Failure } from '../model/backend'
import { OpenChat } from '../model/chat.svelte'
import { Devices } from '../model/devices.svelte'
import { Draft } from '../model/draft.svelte'
import { failureOf } from '../model/failure'
import type { Api, Proof, Self } from './api'
import type { Matter } from './copy'
import { firmOf, rememberedFirm, rememberFirm, type Firm } from './firm'
import type { Unsent } from './localstore'
import { account, onAccountChanged, setAccount } from './signedin'
import type { Connection } from './syncer'
import { ClientBackend } from './backend'
import { forgetInvitation, forgetReset, noLink, type EntryLink } from './link'
import { OwnKeys } from './ownkeys.svelte'
import { PasswordReset } from './reset.svelte'
import { passes } from './verdict'
import { askPasskey, passkeysWork } from './webauthn'

/** Milliseconds until the next attempt to reach a portal that didn't answer. */
const pause = 5_000

/** A participant's session in the client pages: signing in, the matters, and the open chat. */
export class ClientApp {
  /** away: the portal doesn't answer, so the page can't tell whether the person is signed in. */
  state = $state<'opening' | 'away' | 'out' | 'invited' | 'reset' | 'in'>('opening')
  /** Why the last attempt to sign in failed. */
  signInFailure = $state.raw<Failure>()
  signingIn = $state(false)
  firm = $state.raw<Firm | undefined>(rememberedFirm())
  /** Whether passkeys work in this browser, at this address. */
  passkeysWork = $state(false)
  me = $state.raw<Self>()
  /** The person signed in on this browser, while an invitation is open. */
  signedIn = $state.raw<Self>()
  /** The open invitation asks for a PIN. */
  asksPin = $state(false)
  /** Choosing a new password with a link. */
  reset = $state.raw<PasswordReset>()
  connection = $state<Connection>('opening')
  /** Why the portal can't be reached, or why messages can't be sent. */
  trouble = $state.raw<Failure>()
  matters = $state.raw<Matter[]>([])
  matter = $state.raw<Matter>()
  chat = $state.raw<OpenChat>()
  tab = $state<'chat' | 'status'>('chat')
  /** Unsent messages and drafts for chats the participant can no longer open. */
  undeliverable = $state.raw<Unsent[]>([])
  /** The matter of the invitation that has just been accepted, until its chat opens. */
  #accepted: string | undefined
  #again: ReturnType<typeof setTimeout> | undefined
  #starting: Promise<void> | undefined
  #api: Api
  #backend: ClientBackend | undefined
  #stopListening = () => {}
  #entryLink: EntryLink = noLink

  constructor(api: Api) {
    this.#api = api
  }

  /**
   * Signs in with a link, or with this browser's session. A call while another one runs joins it: a late failure must not
   * end the session of a later try.
   */
  start(entry = this.#entryLink): Promise<void> {
    return (this.#starting ??= this.#start(entry).finally(() => (this.#starting = undefined)))
  }

  async #start(entry: EntryLink) {
    this.#entryLink = entry
    this.asksPin = entry.pin
    clearTimeout(this.#again)
    if (this.state !== 'away') this.state = 'opening'
    this.signInFailure = undefined
    void this.#readFirm()
    if (entry.broken) return this.#showSignIn(cutOff)
    if (entry.reset) return this.#showReset(entry.reset)
    try {
      const me = await (entry.link ? this.#api.signInByLink(entry.link) : this.#api.me())
      if (!entry.invitation) return this.#showMatters(me)
      this.signedIn = me.user ? undefined : me
      this.#knows(me)
      this.state = 'invited'
    } catch (thrown) {
      const failure = failureOf(thrown)
      if (entry.invitation) this.state = 'invited'
      else if (failure.code === 'signed_out') this.#showSignIn(account() ? ended : undefined)
      else if (passes(failure.code)) this.#showAway(failure)
      else this.#showSignIn(failure)
    }
  }

  signIn(email: string, password: string): Promise<void> {
    return this.#try(() => this.#api.signIn(email, password))
  }

  signInByPasskey(): Promise<void> {
    return this.#try(async () => this.#api.signInByPasskey(await askPasskey(await this.#api.signInOptions())))
  }

  /** Chooses a new password with a recovery code. */
  recover(email: string, code: string, password: string): Promise<void> {
    return this.#try(() => this.#api.recover(email, code, password))
  }

  /** Accepts the invitation, with a new password or an existing one. */
  async accept(pin: string, email: string, password: string): Promise<void> {
    await this.#try(async () => {
      const { invitation } = this.#entryLink
      const { me, matter } = await this.#api.accept(invitation, pin, email, password)
      this.#accepted = matter
      return me
    })
    if (this.signInFailure?.field === 'pin') this.asksPin = true // the link was shortened on its way
  }

  /** Drops the invitation and continues with this browser's session, if there is one. */
  decline() {
    this.#entryLink = noLink
    forgetInvitation()
    this.signInFailure = undefined
    if (this.signedIn) this.#showMatters(this.signedIn)
    else this.#showSignIn()
  }

  #showReset(secret: string) {
    this.state = 'reset'
    this.reset = new PasswordReset(this.#api, secret, forgetReset, (me) => this.#showMatters(me))
    void this.reset.read()
  }

  /** Drops the link for a new password, and continues as without it. */
  leaveReset(): Promise<void> {
    forgetReset()
    this.reset = undefined
    return this.start(noLink)
  }

  async #try(signIn: () => Promise<Self>) {
    if (this.signingIn) return
    this.signingIn = true
    this.signInFailure = undefined
    try {
      this.#showMatters(await signIn())
    } catch (thrown) {
      this.signInFailure = failureOf(thrown)
      if (this.signInFailure.code === 'link_expired') forgetInvitation()
    } finally {
      this.signingIn = false
    }
  }

  /** The numbers of unsent messages and drafts that signing out deletes. */
  async countUnsent(): Promise<{ unsent: number; drafts: number }> {
    await this.chat?.draft.flush()
    return this.#backend?.store.count() ?? { unsent: 0, drafts: 0 }
  }

  /** Throws a Failure if the portal can't be reached. The person is then still signed in. */
  async signOut() {
    try {
      await this.#api.signOut()
    } catch (thrown) {
      if (failureOf(thrown).code !== 'signed_out') throw thrown
    }
    this.#forget()
    setAccount(undefined)
  }

  /** Deletes what this browser stores of the account, and leaves it. */
  #forget() {
    this.#backend?.store.clear() // before leaving, so that no late save brings the draft back
    this.#leave()
  }

  /** Another tab has signed in or out. This tab has the same session. */
  #accountChanged() {
    if (!this.me || account() === this.me.account) return
    if (account() === undefined) this.#forget()
    else this.#leave(replaced)
  }

  /**
   * What hasn't been sent stays, unless the person signed out in another tab. This tab may learn that later than the end
   * of the session.
   */
  #sessionEnded() {
    if (account() === undefined) return this.#forget()
    const { store } = this.#backend!
    this.#leave(ended)
    this.#stopListening = onAccountChanged(() => account() === undefined && store.clear())
  }

  /** A list of the person's devices, which the caller reads. */
  devices(): Devices {
    return new Devices(
      () => this.#api.sessions(),
      (device) => this.#api.revoke(device),
    )
  }

  /** The person's passkeys and recovery codes, which the caller reads. */
  ownKeys(): OwnKeys {
    return new OwnKeys(this.#api, () => this.passkeysWork)
  }

  async changePassword(proof: Proof, chosen: string) {
    await this.#api.changePassword(proof, chosen)
    if (this.me?.must_change) this.me = { ...this.me, must_change: false }
  }

  /** The person may have chosen their own password in another tab. */
  async #askWhetherToChange() {
    try {
      const me = await this.#api.me()
      if (this.me?.account === me.account) this.me = me
    } catch {
      // It's asked again when the page is next shown.
    }
  }

  /** Deletes unsent text for a chat the participant can no longer open. */
  removeUndeliverable(unsent: Unsent) {
    this.#backend?.removeUndeliverable(unsent)
    this.#changed()
  }

  open(matter: Matter) {
    void this.chat?.draft.flush()
    const backend = this.#backend!
    this.tab = 'chat'
    this.matter = matter
    this.chat = new OpenChat(backend, matter.participant, new Draft(backend, matter.participant))
    void this.chat.refresh()
  }

  /** Back to the list of matters. */
  close() {
    void this.chat?.draft.flush()
    this.chat = undefined
    this.matter = undefined
  }

  retry() {
    if (this.state === 'away') void this.start()
    if (this.reset?.state === 'away') void this.reset.read()
    this.#backend?.retry()
  }

  /** The page has been shown or hidden. */
  setVisible(visible: boolean) {
    if (!visible)
      void this.chat?.draft.flush() // a hidden page may be closed without notice
    else if (this.state === 'away') void this.start()
    else if (this.reset?.state === 'away') void this.reset.read()
    else if (account()) this.#accountChanged() // a page in the browser's history isn't called back
    if (visible && this.me?.must_change) void this.#askWhetherToChange()
    this.#backend?.setVisible(visible)
  }

  /** The device reports that it has no network. */
  offline() {
    this.#backend?.offline()
  }

  #showAway(why: Failure) {
    this.trouble = why
    this.state = 'away'
    this.#again = setTimeout(() => void this.start(), Math.max(pause, why.wait ?? 0))
  }

  #showSignIn(refused?: Failure) {
    this.signInFailure = refused
    this.state = 'out'
  }

  #knows(me: Self) {
    this.#setFirm(firmOf(me))
  }

  #setFirm(firm: Firm) {
    this.firm = firm
    rememberFirm(firm)
  }

  /** Loads the firm's name for the pages before sign-in. */
  async #readFirm() {
    try {
      const firm = await this.#api.firm()
      this.passkeysWork = passkeysWork(firm.passkeys)
      if (firm.name) this.#setFirm({ name: firm.name, colour: firm.colour })
    } catch {
      // The remembered firm is shown instead.
    }
  }

  #showMatters(me: Self) {
    setAccount(me.account)
    if (me.user)
      return this.#showSignIn({
        code: 'not_allowed',
        field: 'email',
        message: 'This is a staff account. Staff sign in with the Matterline desktop app.',
      })
    this.#entryLink = noLink
    forgetInvitation()
    this.signedIn = undefined
    this.reset = undefined
    this.signInFailure = undefined
    this.#knows(me)
    this.connection = 'opening'
    this.trouble = undefined
    const backend = new ClientBackend(this.#api, me, (connection, trouble) => {
      this.connection = connection
      this.trouble = trouble
      if (connection === 'signed_out') this.#sessionEnded()
      else this.#changed()
    })
    this.#backend = backend
    this.me = me
    this.state = 'in'
    backend.onChanged(() => this.#changed())
    backend.onDraft((participant, draft) => {
      if (this.chat?.participant === participant) this.chat.draft.follow(draft)
    })
    void backend.open()
    this.#stopListening()
    this.#stopListening = onAccountChanged(() => this.#accountChanged())
  }

  #leave(why?: Failure) {
    this.#stopListening()
    this.close()
    this.#backend?.close()
    this.#backend = undefined
    this.me = undefined
    this.matters = []
    this.undeliverable = []
    this.#showSignIn(why)
  }

  #changed() {
    const matters = this.#backend?.matters() ?? []
    this.matters = matters.map((m) => ({ ...m })) // new objects, so that Svelte sees the change
    this.undeliverable = this.connection === 'current' ? (this.#backend?.undeliverable() ?? []) : []
    const open = this.matter && this.matters.find((m) => m.id === this.matter!.id)
    if (this.matter && !open) this.close()
    else if (open) {
      this.matter = open
      void this.chat?.refresh()
    }
    if (this.matter || this.connection !== 'current') return
    const only = this.matters.length === 1 ? this.matters[0] : undefined
    const opens = this.matters.find((m) => m.id === this.#accepted) ?? only
    this.#accepted = undefined
    if (opens) this.open(opens)
  }
}

const cutOff: Failure = {
  code: 'malformed',
  field: '',
  message: 'This link is incomplete. Copy the whole link, then open it again.',
}

const ended: Failure = {
  code: 'signed_out',
  field: '',
  message:
    "You've been signed out. Anything you haven't sent is saved on this device. Sign in again to send it.",
}

const replaced: Failure = {
  code: 'signed_out',
  field: '',
  message:
    "Another account has signed in in this browser, so you've been signed out. Anything you haven't sent is saved on this device. Sign in again to send it.",
}
