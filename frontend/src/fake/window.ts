import type { Account, Pause, SettingsNow, SettingsValues } from '../model/computer'
import type { ChatAddress, WindowBackend } from '../model/backend'
import { FakeAdministration } from './administration'
import { listen, notFound } from './calls'
import { alertOf, type FakeMatter } from './chat'
import type { Elsewhere } from './chats'

/**
 * A backend in memory for one user. Each class that it extends has one subject. Its own is the computer: the accounts
 * with their alerts, the settings, and what happens outside the window. It passes the contract in tests/contract.ts,
 * like the real one.
 */
export class FakeBackend extends FakeAdministration implements WindowBackend {
  savedAccounts: Account[] = []
  savedLastChat = { matter: '', participant: '' }
  savedSettings: SettingsNow = {
    ...{ theme: 'system', text_size: 100, dates: 'system', start_with_system: false, close_to_tray: true },
    ...{
      colleagues: true,
      toasts: true,
      preview: true,
      quiet_from: '',
      quiet_until: '',
      paused_until: 0,
      problem: '',
    },
  }
  exportPath = '/home/maya/2026-0147 Okafor.pdf'
  /** Whether the computer's screen is locked. */
  locked = false
  #chatToOpen: ChatAddress = { matter: '', participant: '' }
  #problem = ''
  #accounts = new Set<() => void>()
  #settings = new Set<() => void>()
  #openChat = new Set<() => void>()
  #linkProblem = new Set<() => void>()
  #screen = new Set<() => void>()

  // What happens outside the window.

  /** Another user signs in on this computer, beside the account in the window. They have a matter with one participant. */
  addAccount(
    key: string,
    name: string,
    firm: string,
    matter: FakeMatter,
    person: { id: string; name: string },
  ) {
    const other: Elsewhere = { me: { id: key, name }, files: new Map(), chats: new Map() }
    const shown = this.#swap(other)
    this.addMatter(matter)
    this.addPerson(matter.id, person)
    this.elsewhere.set(key, this.#swap(shown))
    const account = (key: string, name: string, firm: string): Account => ({
      ...{ key, name, firm, portal: 'https://portal.example', demo: false, unread: 0, note: '' },
    })
    if (this.savedAccounts.length === 0)
      this.savedAccounts = [account(this.state.key, this.me.name, this.state.firm)]
    this.tellAccounts([...this.savedAccounts, account(key, name, firm)])
  }

  tellAccounts(all: Account[]) {
    this.savedAccounts = all
    for (const hint of this.#accounts) hint()
    this.hintAlerts()
  }

  clickToast(at: ChatAddress) {
    this.#chatToOpen = at
    this.hintOpenChat()
  }

  hintOpenChat() {
    for (const hint of this.#openChat) hint()
  }

  /** A link that the user opened leads nowhere. */
  failLink(problem: string) {
    this.#problem = problem
    for (const hint of this.#linkProblem) hint()
  }

  lockScreen(is: boolean) {
    this.locked = is
    for (const hint of this.#screen) hint()
  }

  // Accounts and their alerts.

  knownAccounts = () => this.answer('knownAccounts', () => this.savedAccounts)
  onAccounts = (hint: () => void) => listen(this.#accounts, hint)
  switchTo = (key: string) => this.answer(`switchTo ${key}`, () => this.#show(key))
  switchToChat = (at: ChatAddress) =>
    this.answer(`switchToChat ${at.account} ${at.participant}`, () => {
      this.#show(at.account!)
      this.clickToast(at)
    })

  #show(key: string) {
    if (this.savedAccounts.length > 0 && !this.savedAccounts.some((account) => account.key === key))
      throw notFound
    const other = this.elsewhere.get(key)
    if (other) {
      this.elsewhere.delete(key)
      this.elsewhere.set(this.state.key, this.#swap(other))
    }
    const { name = this.state.name, firm = this.state.firm } =
      this.savedAccounts.find((account) => account.key === key) ?? {}
    this.tellSession({ state: 'in', key, user: this.me.id, name, firm, opened: this.state.opened + 1 })
  }

  /** Makes the window show what an account has, and returns what it has shown. */
  #swap(to: Elsewhere): Elsewhere {
    const { me, files, chats } = this
    Object.assign(this, { me: to.me, files: to.files, chats: to.chats })
    return { me, files, chats }
  }

  alerts = () =>
    this.answer('alerts', () => {
      const shown: [string, Elsewhere] = [this.state.key, this]
      return [shown, ...this.elsewhere]
        .flatMap(([account, { files, chats }]) =>
          [...chats.values()].map((chat) =>
            alertOf(account, this.#firmOf(account), files.get(chat.matter)!, chat),
          ),
        )
        .filter((alert) => alert.count > 0 || alert.reminder > 0)
        .sort((a, b) => b.at - a.at)
    })

  /** The firm that an alert names, or '' while there is only one account. */
  #firmOf(account: string): string {
    const several = this.savedAccounts.length > 1
    return (several && this.savedAccounts.find(({ key }) => key === account)?.firm) || ''
  }

  // The rest of the computer.

  settings = () => this.answer('settings', () => this.savedSettings)
  changeSettings = (settings: SettingsValues) =>
    this.answer('changeSettings', () => void (this.savedSettings = { ...settings, problem: '' }))
  onSettings = (hint: () => void) => listen(this.#settings, hint)
  pause = (pause: Pause) =>
    this.answer(`pause ${pause}`, () => {
      this.savedSettings = { ...this.savedSettings, paused_until: pause ? Date.now() + 3_600_000 : 0 }
      for (const hint of this.#settings) hint()
    })
  about = () => this.answer('about', () => ({ version: '1.0', data: '/data' }))
  openDataFolder = () => this.answer('openDataFolder', () => {})
  saveDiagnostics = () => this.answer('saveDiagnostics', () => '/data/diagnostics.txt')
  copy = (text: string) => this.answer(`copy ${text}`, () => {})
  saveChat = (participant: string, kind: string) =>
    this.answer(`saveChat ${participant} ${kind}`, () => this.exportPath)
  saveMatter = (id: string, kind: string) => this.answer(`saveMatter ${id} ${kind}`, () => this.exportPath)
  lastChat = () => this.answer('lastChat', () => this.savedLastChat)
  saveLastChat = (matter: string, participant: string) =>
    this.answer('saveLastChat', () => void (this.savedLastChat = { matter, participant }))
  setChatInSight = (participant: string) => this.answer(`setChatInSight ${participant}`, () => {})
  screenLocked = () => this.answer('screenLocked', () => this.locked)
  onScreen = (hint: () => void) => listen(this.#screen, hint)
  openLink = (url: string) => this.answer(`openLink ${url}`, () => {})
  link = (matter: string, participant: string, message: string) =>
    this.answer('link', () => ['link', matter, participant, message].filter(Boolean).join('/'))
  takeLinkProblem = () =>
    this.answer('takeLinkProblem', () => {
      const problem = this.#problem
      this.#problem = ''
      return problem
    })
  onLinkProblem = (hint: () => void) => listen(this.#linkProblem, hint)
  dismissNotice = (text: string) =>
    this.answer(`dismissNotice ${text}`, () => this.tellSession({ notice: '' }))
  takeChatToOpen = () =>
    this.answer('takeChatToOpen', () => {
      const at = this.#chatToOpen
      this.#chatToOpen = { matter: '', participant: '' }
      return at
    })
  onOpenChat = (hint: () => void) => listen(this.#openChat, hint)
}
