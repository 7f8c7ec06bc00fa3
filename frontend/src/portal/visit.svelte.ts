import type { Failure } from '../model/backend'
import { OpenChat } from '../model/chat.svelte'
import { Draft } from '../model/draft.svelte'
import { failureOf } from '../model/failure'
import type { Api, Self } from './api'
import type { Matter } from './copy'
import { Portal, type Link } from './portal'

/** One person's visit to the client pages: the way in, and the chat that is open. */
export class Visit {
  state = $state<'opening' | 'out' | 'in'>('opening')
  /** Why the last way in did not lead in. */
  refused = $state.raw<Failure>()
  entering = $state(false)
  me = $state.raw<Self>()
  link = $state<Link>('opening')
  matters = $state.raw<Matter[]>([])
  matter = $state.raw<Matter>()
  chat = $state.raw<OpenChat>()
  tab = $state<'chat' | 'status'>('chat')
  #api: Api
  #portal: Portal | undefined

  constructor(api: Api) {
    this.#api = api
  }

  /** Comes in by a link's secret, or as whoever this browser knows. */
  async begin(secret: string) {
    try {
      this.#enter(await (secret ? this.#api.signInByLink(secret) : this.#api.me()))
    } catch (thrown) {
      const failure = failureOf(thrown)
      if (failure.code !== 'signed_out') this.refused = failure
      this.state = 'out'
    }
  }

  async signIn(email: string, password: string) {
    if (this.entering) return
    this.entering = true
    this.refused = undefined
    try {
      this.#enter(await this.#api.signIn(email, password))
    } catch (thrown) {
      this.refused = failureOf(thrown)
    } finally {
      this.entering = false
    }
  }

  /** What would be lost by signing out. */
  get unsent(): number {
    return this.#portal?.kept.unsent().length ?? 0
  }

  async signOut() {
    this.#portal?.kept.clear()
    await this.#api.signOut().catch(() => {}) // the cookie's session ends when the portal is back
    this.#leave()
  }

  open(matter: Matter) {
    void this.chat?.draft.settle()
    const portal = this.#portal!
    this.tab = 'chat'
    this.matter = matter
    this.chat = new OpenChat(portal, matter.participant, new Draft(portal, matter.participant))
    void this.chat.refresh()
  }

  /** Back to the list of matters. */
  close() {
    void this.chat?.draft.settle()
    this.chat = undefined
    this.matter = undefined
  }

  retry() {
    this.#portal?.retry()
  }

  #enter(me: Self) {
    if (me.user) {
      this.refused = {
        code: 'not_allowed',
        field: 'email',
        message: 'The firm signs in with the desktop app.',
      }
      this.state = 'out'
      return
    }
    const portal = new Portal(this.#api, me)
    this.#portal = portal
    this.me = me
    this.state = 'in'
    portal.onChanged(() => this.#changed())
    portal.open((link) => {
      this.link = link
      if (link === 'signed_out') this.#leave()
      else this.#changed()
    })
  }

  #leave() {
    this.close()
    this.#portal?.close()
    this.#portal = undefined
    this.me = undefined
    this.matters = []
    this.state = 'out'
  }

  #changed() {
    const matters = this.#portal?.matters() ?? []
    this.matters = matters.map((m) => ({ ...m })) // a new object each time, so that the screen sees it
    const open = this.matter && this.matters.find((m) => m.id === this.matter!.id)
    if (this.matter && !open) this.close()
    else if (open) {
      this.matter = open
      void this.chat?.refresh()
    }
    if (!this.matter && this.link === 'current' && this.matters.length === 1) this.open(this.matters[0])
  }
}
