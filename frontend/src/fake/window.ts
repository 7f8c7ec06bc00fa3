import type { AddedUser, Device, Link, Passkey, TwoStepKey } from '../model/account'
import type {
  FirmSettings,
  Invitation,
  MatterDetails,
  ParticipantDetails,
  UserAccount,
} from '../model/administration'
import type { Account, Pause, SettingsNow, SettingsValues } from '../model/computer'
import type { Reply } from '../model/reply'
import { fold, foldWords } from '../shared/fold'
import { firstName } from '../shared/person'
import type {
  Alert,
  Chat,
  ChatAddress,
  Draft,
  Found,
  Freshness,
  Hit,
  Matter,
  MatterRow,
  Message,
  ParticipantRow,
  Session,
  StatusPeriod,
  Unsent,
  UnansweredRow,
  WindowBackend,
} from '../model/backend'
import { FakeCovers } from './covers'

interface FakeChat {
  matter: string
  person: ParticipantRow
  messages: Message[]
  statuses: StatusPeriod[]
  decisions: Unsent[]
  draft: Draft
  readUpto: number
  theirReadUpto: number
  theirReadAt: number
  /** seen is the version up to which it hides the alert until it is due. */
  reminder?: { dueAt: number; seen: number }
}

/** What an account has that the window doesn't show. */
interface Elsewhere {
  me: { id: string; name: string }
  files: Map<string, FakeMatter>
  chats: Map<string, FakeChat>
}

export interface FakeMatter {
  id: string
  reference: string
  title: string
  type: string
  opened_at: number
  assigned: string
  assigned_name: string
  mine: boolean
  closed_at?: number
  team?: string[]
}

const page = 50

/**
 * A backend in memory for one user. Its first methods act for everyone else. It passes the contract in
 * tests/contract.ts, like the real one.
 */
export class FakeBackend implements WindowBackend {
  me = { id: 'maya', name: 'Maya Hart' }
  state: Session = {
    state: 'in',
    user: 'maya',
    name: 'Maya Hart',
    email: 'maya@firm.example',
    must_change: false,
    ...{ no_password: false, sso_only: false },
    two_step: false,
    recovery_codes: 0,
    recovery_codes_unsaved: false,
    email_set_by: '',
    ...{ passkeys_work: true, passkeys: 0 },
    firm: 'Hart & Co.',
    portal: 'https://portal.example',
    ...{ demo: false, key: 'maya', opened: 1, here: '', problem: '', locked: '', notice: '' },
  }
  fresh: Freshness = {
    ...{ state: 'current', as_of: 0, waiting: 0, refused: 0, undecided: 0, done: 0, total: 0 },
    ...{ problem: '', next: '', warning: '', mended: '' },
  }
  chats = new Map<string, FakeChat>()
  files = new Map<string, FakeMatter>()
  accounts: UserAccount[] = [
    { id: 'leah', email: 'leah@firm.example', name: 'Leah Stone', admin: false, active: true },
    { id: 'maya', email: 'maya@firm.example', name: 'Maya Hart', admin: true, active: true },
  ]
  savedAccounts: Account[] = []
  /** The accounts that the window doesn't show, by key. */
  elsewhere = new Map<string, Elsewhere>()
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
  firm: FirmSettings = {
    ...{ idle_days: 30, client_idle_days: 30, absolute_days: 180, offline_days: 14 },
    ...{ read_expired: true, team_manages: false, two_step: false },
  }
  invitations = new Map<string, Invitation>()
  password = 'four words are enough'
  /** The session is confirmed: the portal knows that the user is there. */
  confirmed = true
  /** What the user's authenticator app shows. A sign-in needs it unless it's empty. */
  code = ''
  /** The key of an authenticator app that is being set up. */
  twoStepKey?: TwoStepKey
  ownPasskeys: Passkey[] = []
  /** How many wrong codes others tried. */
  wrongCodes = 0
  /** The devices by account. */
  signedIn = new Map<string, Device[]>([['maya', [device('here', { current: true })]]])
  savedReplies: Reply[] = []
  /** All calls so far, such as "markRead ana 4". */
  calls: string[] = []
  /** While false, messages wait. */
  online = true
  /** For how many milliseconds a message can be undone before it is sent. */
  undoFor = 0
  /** What the next call of a name throws. */
  fails = new Map<keyof WindowBackend, unknown>()
  /** What calls of a name wait for. */
  blocked = new Map<string, Promise<void>>()
  #version = 0
  #changed = new Set<(matters: string[]) => void>()
  #alerts = new Set<() => void>()
  #freshness = new Set<() => void>()
  #session = new Set<() => void>()
  #openChat = new Set<() => void>()
  #screen = new Set<() => void>()
  #linkProblem = new Set<() => void>()
  #problem = ''
  #accounts = new Set<() => void>()
  #settings = new Set<() => void>()
  #replies = new Set<() => void>()
  #firm = new Set<() => void>()
  #chatToOpen: ChatAddress = { matter: '', participant: '' }

  // What other people do.

  addMatter(matter: FakeMatter) {
    this.files.set(matter.id, matter)
  }

  addPerson(matter: string, person: Partial<ParticipantRow> & { id: string; name: string }) {
    this.chats.set(person.id, {
      matter,
      person: { role: 'Client', other_side: false, joined: true, removed: false, unread: 0, ...person },
      messages: [],
      statuses: [],
      decisions: [],
      draft: { text: '', set_status: false },
      readUpto: 0,
      theirReadUpto: 0,
      theirReadAt: 0,
    })
  }

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
    for (const hint of this.#alerts) hint()
  }

  /** A message arrives in a chat: from its participant, or from a user of the firm. */
  receive(
    participant: string,
    text: string,
    at = 1_000,
    by?: { id: string; name: string },
    status = false,
  ): Message {
    const chat = this.findAnywhere(participant)
    const author = by ?? chat.person
    const message: Message = {
      id: `m${++this.#version}`,
      author: author.id,
      author_name: author.name,
      mine: author.id === this.me.id,
      from_participant: author.id === participant,
      text,
      written_at: at,
      sent_at: at,
      version: this.#version,
      delivery: 'sent',
      reason: '',
      status: '',
    }
    chat.messages.push(message)
    if (status) this.#setStatus(chat, message)
    return message
  }

  changed(...matters: string[]) {
    for (const hint of this.#changed) hint(matters)
    for (const hint of this.#alerts) hint()
  }

  tellFreshness(f: Partial<Freshness>) {
    this.fresh = { ...this.fresh, ...f }
    for (const hint of this.#freshness) hint()
  }

  tellSession(s: Partial<Session>) {
    this.state = { ...this.state, ...s }
    for (const hint of this.#session) hint()
  }

  tellReplies(all: Reply[]) {
    this.savedReplies = all
    for (const hint of this.#replies) hint()
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

  tellFirm() {
    for (const hint of this.#firm) hint()
  }

  clickToast(at: ChatAddress) {
    this.#chatToOpen = at
    this.hintOpenChat()
  }

  hintOpenChat() {
    for (const hint of this.#openChat) hint()
  }

  /** Blocks calls of this name until the returned function is called. */
  block(name: keyof WindowBackend): () => void {
    let release = () => {}
    this.blocked.set(name, new Promise((done) => (release = done)))
    return () => {
      this.blocked.delete(name)
      release()
    }
  }

  // The backend's methods.

  session = () => this.#answer('session', () => this.state)
  signIn = (address: string, email: string, password: string) =>
    this.#answer(`signIn ${address} ${email} ${password}`, () => {
      if (this.code && this.twoStepKey) throw failure('set_up_first', 'Set it up to sign in.')
      if (this.code)
        throw failure('code_required', 'Enter the code that your authenticator app shows.', 'code')
      this.tellSession({ state: 'in' })
    })
  signInWithCode = (_address: string, _email: string, _password: string, code: string) =>
    this.#answer(`signInWithCode ${code}`, () => {
      if (code !== this.code) throw wrongCode
      this.tellSession({ state: 'in', two_step: true })
      const recovery_codes: string[] = this.twoStepKey ? fakeRecoveryCodes : []
      this.twoStepKey = undefined
      return { recovery_codes, wrong_codes: this.wrongCodes }
    })
  setUpTwoStep = (_address: string, email: string) =>
    this.#answer(`setUpTwoStep ${email}`, () => this.twoStepKey ?? fakeKey)
  signInAtProvider = (address: string) =>
    this.#answer(`signInAtProvider ${address}`, () => this.tellSession({ state: 'in' }))
  signInByPasskey = (address: string) =>
    this.#answer(`signInByPasskey ${address}`, () => this.tellSession({ state: 'in' }))
  startTwoStep = (password: string, code: string) =>
    this.#answer(`startTwoStep ${code}`, () => {
      this.#checkTwoStep(password, code)
      return (this.twoStepKey = fakeKey)
    })
  confirmTwoStep = (code: string) =>
    this.#answer(`confirmTwoStep ${code}`, () => {
      if (!this.twoStepKey || code !== this.code) throw wrongCode
      this.twoStepKey = undefined
      this.#madeCodes()
      return fakeRecoveryCodes
    })
  newRecoveryCodes = (password: string, code: string) =>
    this.#answer(`newRecoveryCodes ${code}`, () => {
      this.#checkTwoStep(password, code)
      this.#madeCodes()
      return fakeRecoveryCodes
    })
  savedRecoveryCodes = () =>
    this.#answer('savedRecoveryCodes', () => this.tellSession({ recovery_codes_unsaved: false }))
  endTwoStep = (password: string, code: string) =>
    this.#answer(`endTwoStep ${code}`, () => {
      this.#checkTwoStep(password, code)
      this.tellSession({ two_step: false, recovery_codes: 0 })
    })
  confirmAtProvider = () =>
    this.#answer('confirmAtProvider', () => {
      this.confirmed = true
    })
  confirmByPasskey = () =>
    this.#answer('confirmByPasskey', () => {
      this.confirmed = true
    })
  passkeys = () => this.#answer('passkeys', () => this.ownPasskeys)
  addPasskey = () =>
    this.#answer('addPasskey', () => {
      this.#mustBeConfirmed()
      const id = `p${++this.#version}`
      const added = { id, name: 'Firefox on Linux', created_at: Date.now(), used_at: 0 }
      this.#setPasskeys([...this.ownPasskeys, added])
    })
  renamePasskey = (id: string, name: string) =>
    this.#answer(`renamePasskey ${id} ${name}`, () => {
      if (!this.ownPasskeys.some((passkey) => passkey.id === id)) throw notFound
      this.ownPasskeys = this.ownPasskeys.map((passkey) =>
        passkey.id === id ? { ...passkey, name } : passkey,
      )
    })
  removePasskey = (id: string) =>
    this.#answer(`removePasskey ${id}`, () => {
      if (!this.ownPasskeys.some((passkey) => passkey.id === id)) throw notFound
      this.#setPasskeys(this.ownPasskeys.filter((passkey) => passkey.id !== id))
    })

  #setPasskeys(all: Passkey[]) {
    this.ownPasskeys = all
    this.tellSession({ passkeys: all.length })
  }
  confirm = (password: string, code: string) =>
    this.#answer(`confirm ${code}`, () => {
      this.#checkTwoStep(password, code)
      this.confirmed = true
    })
  removeTwoStep = (account: string) =>
    this.#answer(`removeTwoStep ${account}`, () => {
      this.#mustBeConfirmed()
      if (account === this.me.id) throw failure('not_allowed', 'Turn off your own in the settings.')
      this.accounts = this.accounts.map((user) => (user.id === account ? { ...user, two_step: false } : user))
    })

  #madeCodes() {
    const recovery_codes = fakeRecoveryCodes.length
    this.tellSession({ two_step: true, recovery_codes, recovery_codes_unsaved: true })
  }

  #mustBeConfirmed() {
    if (!this.confirmed)
      throw failure('confirm_first', "Confirm it's you.", this.state.no_password ? 'provider' : 'password')
  }

  setEmail = (account: string, email: string) =>
    this.#answer(`setEmail ${account} ${email}`, () => {
      this.#mustBeConfirmed()
      this.accounts = this.accounts.map((user) => (user.id === account ? { ...user, email } : user))
    })

  unlinkProvider = (account: string) =>
    this.#answer(`unlinkProvider ${account}`, () => {
      this.#mustBeConfirmed()
      this.accounts = this.accounts.map((user) => (user.id === account ? { ...user, linked: false } : user))
    })

  #checkTwoStep(password: string, code: string) {
    if (password !== this.password) throw wrongPassword('password')
    if (!this.state.two_step) return
    if (code === '')
      throw failure('code_required', 'Enter the code that your authenticator app shows.', 'code')
    if (code !== this.code) throw wrongCode
  }
  cancelSignIn = () => this.#answer('cancelSignIn', () => {})
  startDemo = () => this.#answer('startDemo', () => this.tellSession({ state: 'in', demo: true }))
  knownAccounts = () => this.#answer('knownAccounts', () => this.savedAccounts)
  switchTo = (key: string) => this.#answer(`switchTo ${key}`, () => this.#show(key))
  switchToChat = (at: ChatAddress) =>
    this.#answer(`switchToChat ${at.account} ${at.participant}`, () => {
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
  showStart = () => this.#answer('showStart', () => this.tellSession({ state: 'out' }))
  checkPortal = (address: string) =>
    this.#answer(`checkPortal ${address}`, () => ({
      ...{ address, firm: `Firm of ${address}`, colour: '' },
      ...{ provider: false, passwords: true, passkeys: true },
    }))
  createFirm = (firm: string, name: string) =>
    this.#answer(`createFirm ${firm}`, () => this.tellSession({ state: 'in', firm, name }))
  settings = () => this.#answer('settings', () => this.savedSettings)
  changeSettings = (settings: SettingsValues) =>
    this.#answer('changeSettings', () => void (this.savedSettings = { ...settings, problem: '' }))
  pause = (pause: Pause) =>
    this.#answer(`pause ${pause}`, () => {
      this.savedSettings = { ...this.savedSettings, paused_until: pause ? Date.now() + 3_600_000 : 0 }
      for (const hint of this.#settings) hint()
    })
  about = () => this.#answer('about', () => ({ version: '1.0', data: '/data' }))
  openDataFolder = () => this.#answer('openDataFolder', () => {})
  saveDiagnostics = () => this.#answer('saveDiagnostics', () => '/data/diagnostics.txt')
  exportPath = '/home/maya/2026-0147 Okafor.pdf'
  saveChat = (participant: string, kind: string) =>
    this.#answer(`saveChat ${participant} ${kind}`, () => this.exportPath)
  saveMatter = (id: string, kind: string) => this.#answer(`saveMatter ${id} ${kind}`, () => this.exportPath)
  lastChat = () => this.#answer('lastChat', () => this.savedLastChat)
  saveLastChat = (matter: string, participant: string) =>
    this.#answer('saveLastChat', () => void (this.savedLastChat = { matter, participant }))
  signOut = () => this.#answer('signOut', () => this.tellSession({ state: 'out' }))
  unsent = () => this.#answer('unsent', () => this.fresh.waiting)
  outbox = () =>
    this.#answer('outbox', () =>
      [...this.chats.values()].flatMap(({ matter, person, messages }) =>
        messages
          .filter((m) => m.version === 0)
          .map(({ id, text, written_at, delivery, reason }): Unsent => ({
            ...{ id, kind: 'message', matter, text, written_at, reason, code: '', message: '' },
            ...{
              matter_title: this.files.get(matter)?.title ?? '',
              participant: person.id,
              name: person.name,
            },
            ...{ assigned_name: '', state: delivery === 'rejected' ? 'rejected' : 'waiting' },
          })),
      ),
    )
  matters = (only: string[]) =>
    this.#answer(`matters ${only.join(' ')}`, () => this.#rows().filter((row) => named(only, row.id)))

  people = () =>
    this.#answer('people', () => {
      const names: Record<string, string> = {}
      for (const { matter, person } of this.chats.values())
        names[matter] = `${names[matter] ?? ''}${person.name} `
      return names
    })

  matter = (id: string) =>
    this.#answer(`matter ${id}`, (): Matter => {
      const file = this.files.get(id)
      if (!file) throw notFound
      const participants = [...this.chats.values()]
        .filter((chat) => chat.matter === id)
        .map((chat) => ({ ...chat.person, unread: file.mine ? this.#unread(chat).length : 0 }))
      return { closed_at: 0, team: [], assigning: null, ...file, participants }
    })

  chat = (participant: string, before: number) =>
    this.#answer(`chat ${participant} ${before}`, () => {
      const before0 = before || Infinity
      return this.#page(participant, (sent) => sent.filter((m) => m.version < before0).slice(-page))
    })

  chatAround = (participant: string, version: number) =>
    this.#answer(`chatAround ${participant} ${version}`, () =>
      this.#page(participant, (sent) => {
        const from = sent.findIndex((m) => m.version >= version)
        return sent.slice(Math.max(0, from - page / 2), from + page / 2)
      }),
    )

  chatAfter = (participant: string, version: number) =>
    this.#answer(`chatAfter ${participant} ${version}`, () =>
      this.#page(participant, (sent) => sent.filter((m) => m.version > version).slice(0, page)),
    )

  chatAt = (participant: string, at: number) =>
    this.#answer(`chatAt ${participant} ${at}`, () =>
      this.#page(participant, (sent) => sent.filter((m) => m.sent_at >= at).slice(0, page)),
    )

  findInChat = (participant: string, text: string) =>
    this.#answer(`findInChat ${participant} ${text}`, () => ({
      more: false,
      found: this.#find(participant)
        .messages.filter((m) => m.text.includes(text))
        .reverse()
        .map((m) => ({ message: m.id, version: m.version })),
    }))

  #page(participant: string, part: (sent: Message[]) => Message[]): Chat {
    const chat = this.#find(participant)
    const { name, role, other_side, joined } = chat.person
    const sent = chat.messages.filter((m) => m.version > 0)
    const some = part(sent)
    const newer = some.at(-1) !== sent.at(-1)
    const unsent = newer ? [] : chat.messages.filter((m) => m.version === 0)
    return {
      ...{ matter: chat.matter, participant, name, role, other_side, joined },
      messages: [...some, ...unsent].map((m) => ({ ...m })),
      more: some[0] !== sent[0],
      newer,
      read_upto: chat.readUpto,
      their_read_upto: chat.theirReadUpto,
      their_read_at: chat.theirReadAt,
      reminder_at: chat.reminder?.dueAt ?? 0,
      statuses: chat.statuses.map((s) => ({ ...s })),
      decisions: [...chat.decisions],
      draft: { ...chat.draft },
    }
  }

  send = (draft: string, to: string[], text: string, setStatus: boolean) =>
    this.#answer(`send ${to} ${text}${setStatus ? ' as status' : ''}`, () => {
      if (text.trim() === '')
        throw { code: 'text_required', message: 'Write a message first.', field: 'text' }
      const messages = to.map((participant) => {
        const leaves = this.online && this.undoFor === 0
        const message = this.receive(participant, text.trim(), Date.now(), this.me, leaves && setStatus)
        if (leaves) return { ...message }
        const status = setStatus ? ('asked' as const) : ('' as const)
        Object.assign(message, { version: 0, sent_at: 0, delivery: 'waiting', status })
        if (this.online) this.#sendLater(participant, message)
        return { ...message }
      })
      const chat = this.#find(draft)
      chat.draft = { text: '', set_status: false }
      this.changed(chat.matter)
      return messages
    })

  #sendLater(participant: string, message: Message) {
    message.leaves_at = Date.now() + this.undoFor
    const chat = this.#find(participant)
    const others = chat.messages.filter((m) => m.status === 'asked' && m !== message)
    const saw = others.at(-1)?.id ?? this.#currentStatus(chat)
    setTimeout(() => {
      if (!chat.messages.includes(message)) return // undone
      if (this.files.get(chat.matter)!.closed_at) {
        Object.assign(message, { delivery: 'rejected', leaves_at: 0, reason: 'This matter is closed.' })
        this.#tellRejected()
        return this.changed(chat.matter)
      }
      const asked = message.status === 'asked'
      const version = ++this.#version
      chat.messages.splice(chat.messages.indexOf(message), 1)
      chat.messages.push(message)
      Object.assign(message, { version, sent_at: Date.now(), delivery: 'sent', leaves_at: 0, status: '' })
      if (asked && saw === this.#currentStatus(chat)) this.#setStatus(chat, message)
      else if (asked) this.#supersede(chat, message)
      this.changed(chat.matter)
    }, this.undoFor)
  }

  /** A colleague set another status first. */
  #supersede(chat: FakeChat, { id: message, text, written_at }: Message) {
    chat.decisions.push({
      ...{ id: `d${++this.#version}`, kind: 'status', matter: chat.matter, matter_title: '', name: '' },
      ...{ participant: chat.person.id, message, text, assigned_name: '', written_at },
      ...{ state: 'rejected', code: 'superseded', reason: 'Someone else changed the status.' },
    })
    this.#tellRejected()
  }

  #tellRejected() {
    const chats = [...this.chats.values()]
    const rejected = chats.flatMap(({ messages }) => messages.filter((m) => m.delivery === 'rejected'))
    const undecided = chats.filter(({ decisions }) => decisions.some((d) => d.code === 'superseded'))
    this.tellFreshness({ refused: rejected.length, undecided: undecided.length })
  }

  saveDraft = (participant: string, draft: Draft) =>
    this.#answer(`saveDraft ${participant} ${draft.text}`, () => {
      this.#find(participant).draft = { ...draft }
    })

  editUnsent = (id: string) =>
    this.#answer(`editUnsent ${id}`, (): Draft => {
      const [chat, message] = this.#takeBack(id)
      const text = [message.text, chat.draft.text].filter(Boolean).join('\n')
      return (chat.draft = { text, set_status: message.status === 'asked' })
    })

  removeUnsent = (id: string) =>
    this.#answer(`removeUnsent ${id}`, () => {
      this.#takeBack(id)
    })

  markRead = (participant: string, version: number) =>
    this.#answer(`markRead ${participant} ${version}`, () => this.#markRead(this.#find(participant), version))

  setReminder = (participant: string, dueAt: number, version: number) =>
    this.#answer(`setReminder ${participant} ${dueAt} ${version}`, () =>
      this.#remind(this.#find(participant), dueAt, version),
    )

  markAlertRead = (account: string, participant: string, version: number) =>
    this.#answer(`markAlertRead ${account} ${participant} ${version}`, () =>
      this.#markRead(this.#findIn(account, participant), version),
    )
  setAlertReminder = (account: string, participant: string, dueAt: number, version: number) =>
    this.#answer(`setAlertReminder ${account} ${participant} ${dueAt} ${version}`, () =>
      this.#remind(this.#findIn(account, participant), dueAt, version),
    )

  unanswered = (only: string[]) =>
    this.#answer(`unanswered ${only.join(' ')}`, (): UnansweredRow[] =>
      [...this.chats.values()].flatMap(({ matter, person, messages }) => {
        const last = messages.at(-1)
        const file = this.files.get(matter)
        if (!last?.from_participant || !file || !named(only, matter)) return []
        const { title, assigned_name, mine } = file
        const { id: participant, name, role } = person
        return {
          matter,
          title,
          assigned_name,
          mine,
          participant,
          name,
          role,
          text: last.text,
          since: last.sent_at,
        }
      }),
    )
  alerts = () => this.#answer('alerts', () => this.#alertsNow())
  decide = (participant: string, message: string) =>
    this.#answer(`decide ${participant} ${message}`, () => {
      const chat = this.#find(participant)
      const chosen = chat.messages.find((m) => m.id === message && !m.from_participant)
      if (message !== '' && !chosen) throw notFound
      if (chosen) this.#setStatus(chat, chosen)
      else this.#endStatus(chat, Date.now())
      this.changed(chat.matter)
    })
  keepTheirs = (id: string) =>
    this.#answer(`keepTheirs ${id}`, () => {
      const [chat] = this.#takeDecision(id)
      this.changed(chat.matter)
    })
  useMine = (id: string) =>
    this.#answer(`useMine ${id}`, () => {
      const [chat, { message }] = this.#takeDecision(id)
      this.#setStatus(
        chat,
        chat.messages.find((m) => m.id === message)!,
      )
      this.changed(chat.matter)
    })
  freshness = () => this.#answer('freshness', () => this.fresh)
  tryAgain = () => this.#answer('tryAgain', () => {})

  search = (text: string) =>
    this.#answer(`search ${text}`, (): Found => {
      const terms = foldWords(text)
      const begins = (word: string) => terms.some((term) => word.startsWith(term))
      const has = (text: string) =>
        terms.every((term) => foldWords(text).some((word) => word.startsWith(term)))
      const none = { participant: '', message: '', version: 0, delivery: '' as const, by: '', at: 0 }
      const matters = [...this.files.values()]
        .filter((file) => has(file.title))
        .map(({ id, title, reference }): Hit => ({
          ...{ ...none, kind: 'matter', matter: id, title, snippet: reference },
        }))
      const people = [...this.chats.values()]
        .filter(({ person }) => has(person.name))
        .map(({ matter, person: { id, name, role } }): Hit => ({
          ...{ ...none, kind: 'person', matter, participant: id, title: name, snippet: role },
        }))
      const messages = [...this.chats.values()].flatMap(({ matter, person, messages }) =>
        messages
          .filter((m) => has(m.text))
          .map((m): Hit => ({
            ...{ kind: 'message', matter, participant: person.id, message: m.id, title: person.name },
            ...{ version: m.version, delivery: m.delivery, at: m.sent_at || m.written_at },
            by: m.mine ? 'You' : firstName(m.author_name),
            snippet: m.text.replace(/[\p{L}\p{N}]+/gu, (word) =>
              begins(fold(word)) ? `\u0002${word}\u0003` : word,
            ),
          })),
      )
      messages.sort((a, b) => (b.version || Infinity) - (a.version || Infinity))
      return { hits: [...matters, ...people, ...messages], problem: '' }
    })

  users = () => this.#answer('users', () => this.accounts)
  roles = () => this.#answer('roles', () => [...new Set([...this.chats.values()].map((h) => h.person.role))])
  copy = (text: string) => this.#answer(`copy ${text}`, () => {})

  addUser = (email: string, name: string, admin: boolean) =>
    this.#answer(`addUser ${email}`, (): AddedUser => {
      this.#mustBeConfirmed()
      this.accounts = [...this.accounts, { id: email, email, name, admin, active: true }]
      return { id: email, ...(this.state.sso_only ? { link: '', expires_at: 0 } : this.#resetLink()) }
    })

  rename = (name: string) =>
    this.#answer(`rename ${name}`, () => {
      if (name.trim() === '') throw { code: 'required', message: 'Enter a name.', field: 'name' }
      this.tellSession({ name })
    })
  changeEmail = (password: string, email: string) =>
    this.#answer(`changeEmail ${email}`, () => {
      if (this.state.no_password) this.#mustBeConfirmed()
      else if (password !== this.password) throw wrongPassword('password')
      if (!email.includes('@'))
        throw { code: 'malformed', message: 'Enter a valid email address.', field: 'email' }
      this.tellSession({ email })
    })
  changePassword = (old: string, chosen: string) =>
    this.#answer('changePassword', () => {
      if (old !== this.password) throw wrongPassword('old')
      if (chosen === old || chosen.length < 10)
        throw { code: 'weak_password', message: 'This password is too easy to guess.', field: 'password' }
      this.password = chosen
      this.#keepDevices(this.me.id, ({ current }) => current)
      this.tellSession({ must_change: false })
    })
  devices = () => this.#answer('devices', () => this.signedIn.get(this.me.id) ?? [])
  signOutDevice = (id: string) =>
    this.#answer(`signOutDevice ${id}`, () => this.#signOutDevice(this.me.id, id))
  resetPassword = (account: string) =>
    this.#answer(`resetPassword ${account}`, () => {
      const chats = [...this.chats.values()].filter(({ person }) => person.account === account)
      if (chats.length === 0 && this.accounts.every(({ id }) => id !== account)) throw notFound
      this.#mustBeConfirmed()
      for (const { person } of chats) {
        this.#editPerson(person.id, { reset_at: Date.now(), reset_by: this.me.id })
      }
      return this.#resetLink()
    })
  devicesOf = (account: string) =>
    this.#answer(`devicesOf ${account}`, () => this.signedIn.get(account) ?? [])
  signOutDeviceOf = (account: string, id: string, erase: boolean) =>
    this.#answer(`signOutDeviceOf ${account} ${id}${erase ? ' and erase' : ''}`, () =>
      this.#signOutDevice(account, id, erase),
    )

  #resetLink(): Link {
    return {
      link: `https://portal.example/reset#${++this.#version}`,
      expires_at: Date.now() + 3 * 86_400_000,
    }
  }

  /** Of a user's device, the portal knows that it may still have a copy. */
  #signOutDevice(account: string, id: string, erase = false) {
    const device = this.signedIn.get(account)?.find((device) => device.id === id)
    if (!device || device.erase || (device.ended_at && !erase)) throw notFound
    this.#keepDevices(account, (device) => device.id !== id)
    if (device.kind === 'browser' || account === this.me.id) return
    this.signedIn.get(account)!.push({ ...device, ended_at: device.ended_at ?? Date.now(), erase })
  }

  #keepDevices(account: string, stays: (device: Device) => boolean) {
    this.signedIn.set(account, (this.signedIn.get(account) ?? []).filter(stays))
  }

  coverOf = new FakeCovers()
  covers = () => this.#answer('covers', () => this.coverOf.of(this.me.id))
  readCovers = () => this.#answer('readCovers', () => this.coverOf.all())
  setCover = (account: string, by: string, from: number, until: number, alone: boolean) =>
    this.#answer(`setCover ${account} ${by}`, () => {
      this.coverOf.set(this.accounts, account, by, from, until, alone)
      this.tellSession({})
    })
  endCover = (account: string) =>
    this.#answer(`endCover ${account}`, () => {
      this.coverOf.end(account)
      this.tellSession({})
    })

  editUser = (id: string, admin: boolean, active: boolean) =>
    this.#answer(`editUser ${id} ${admin} ${active}`, () => {
      const before = this.accounts.find((user) => user.id === id)
      if ((admin && !before?.admin) || (active && !before?.active)) this.#mustBeConfirmed()
      this.accounts = this.accounts.map((user) => (user.id === id ? { ...user, admin, active } : user))
    })

  openMatter = (matter: MatterDetails, assigned: string, team: string[]) =>
    this.#answer(`openMatter ${matter.reference}`, () => {
      for (const field of ['reference', 'title', 'type'] as const)
        if (matter[field].trim() === '') throw { code: 'required', message: `Enter a ${field}.`, field }
      const id = matter.reference
      this.addMatter({ id, ...matter, opened_at: 1, assigned: '', assigned_name: '', mine: false, team })
      this.#edit(id, this.#assigned(assigned))
      return id
    })

  editMatter = (id: string, matter: MatterDetails) =>
    this.#answer(`editMatter ${id}`, () => this.#edit(id, matter))
  closeMatter = (id: string, closed: boolean) =>
    this.#answer(`closeMatter ${id} ${closed}`, () => this.#edit(id, { closed_at: closed ? 1 : 0 }))
  assign = (id: string, user: string) =>
    this.#answer(`assign ${id} ${user}`, () => this.#edit(id, this.#assigned(user)))
  setTeam = (id: string, team: string[]) =>
    this.#answer(`setTeam ${id} ${team}`, () => this.#edit(id, { team }))

  addParticipant = (matter: string, { name, role, other_side }: ParticipantDetails) =>
    this.#answer(`addParticipant ${matter} ${name}`, () => {
      this.addPerson(matter, { id: name, name, role, other_side, joined: false })
      this.changed(matter)
      return name
    })

  editParticipant = (id: string, details: ParticipantDetails) =>
    this.#answer(`editParticipant ${id}`, () => this.#editPerson(id, details))
  removeParticipant = (id: string) =>
    this.#answer(`removeParticipant ${id}`, () => this.#editPerson(id, { removed: true }))

  firmSettings = () => this.#answer('firmSettings', () => this.firm)
  readFirmSettings = () => this.#answer('readFirmSettings', () => this.firm)
  setFirmSettings = (settings: FirmSettings) =>
    this.#answer('setFirmSettings', () => {
      if (settings.absolute_days > this.firm.absolute_days) this.#mustBeConfirmed()
      this.firm = settings
    })

  invite = (participant: string, pin: boolean) =>
    this.#answer(`invite ${participant}${pin ? ' with a PIN' : ''}`, (): Invitation => {
      const link = `https://portal.example/invited#${++this.#version}${pin ? '&pin' : ''}`
      this.invitations.set(participant, { link, expires_at: 2_000, pin: pin ? '482193' : '' })
      return this.invitations.get(participant)!
    })

  revokeInvitation = (participant: string) =>
    this.#answer(`revokeInvitation ${participant}`, () => {
      if (!this.invitations.delete(participant)) throw notFound
    })

  replies = () => this.#answer('replies', () => this.savedReplies)
  saveReply = (reply: Reply) =>
    this.#answer(`saveReply ${reply.title}`, () =>
      this.tellReplies([...this.savedReplies.filter((other) => other.id !== reply.id), reply]),
    )
  removeReply = (id: string, firm: boolean) =>
    this.#answer(`removeReply ${id} ${firm}`, () =>
      this.tellReplies(this.savedReplies.filter((reply) => reply.id !== id)),
    )

  setChatInSight = (participant: string) => this.#answer(`setChatInSight ${participant}`, () => {})
  /** Whether the computer's screen is locked. */
  locked = false
  screenLocked = () => this.#answer('screenLocked', () => this.locked)
  openLink = (url: string) => this.#answer(`openLink ${url}`, () => {})
  onChanged = (listener: (matters: string[]) => void) => listen(this.#changed, listener)
  onAlerts = (hint: () => void) => listen(this.#alerts, hint)
  onFreshness = (hint: () => void) => listen(this.#freshness, hint)
  onSession = (hint: () => void) => listen(this.#session, hint)
  onAccounts = (hint: () => void) => listen(this.#accounts, hint)
  onSettings = (hint: () => void) => listen(this.#settings, hint)
  onReplies = (hint: () => void) => listen(this.#replies, hint)
  onFirm = (hint: () => void) => listen(this.#firm, hint)
  onLinkProblem = (hint: () => void) => listen(this.#linkProblem, hint)
  onScreen = (hint: () => void) => listen(this.#screen, hint)
  onOpenChat = (hint: () => void) => listen(this.#openChat, hint)
  link = (matter: string, participant: string, message: string) =>
    this.#answer('link', () => ['link', matter, participant, message].filter(Boolean).join('/'))
  takeLinkProblem = () =>
    this.#answer('takeLinkProblem', () => {
      const problem = this.#problem
      this.#problem = ''
      return problem
    })
  dismissNotice = (text: string) =>
    this.#answer(`dismissNotice ${text}`, () => this.tellSession({ notice: '' }))
  takeChatToOpen = () =>
    this.#answer('takeChatToOpen', () => {
      const at = this.#chatToOpen
      this.#chatToOpen = { matter: '', participant: '' }
      return at
    })

  async #answer<T>(
    call: keyof WindowBackend | `${keyof WindowBackend} ${string}`,
    answer: () => T,
  ): Promise<T> {
    this.calls.push(call)
    const name = call.split(' ')[0] as keyof WindowBackend
    await this.blocked.get(name)
    if (this.fails.has(name)) {
      const failure = this.fails.get(name)
      this.fails.delete(name)
      throw failure
    }
    return answer()
  }

  #edit(id: string, change: Partial<FakeMatter>) {
    this.files.set(id, { ...this.files.get(id)!, ...change })
    this.changed(id)
  }

  #editPerson(id: string, change: Partial<ParticipantRow>) {
    const chat = this.#find(id)
    chat.person = { ...chat.person, ...change }
    this.changed(chat.matter)
  }

  #assigned(id: string) {
    return {
      assigned: id,
      assigned_name: this.accounts.find((user) => user.id === id)!.name,
      mine: id === this.me.id,
    }
  }

  /** A chat of any account. */
  findAnywhere(participant: string): FakeChat {
    for (const { chats } of [this, ...this.elsewhere.values()]) {
      const chat = chats.get(participant)
      if (chat) return chat
    }
    throw notFound
  }

  #findIn(account: string, participant: string): FakeChat {
    const chats = account === this.state.key ? this.chats : this.elsewhere.get(account)?.chats
    const chat = chats?.get(participant)
    if (!chat) throw notFound
    return chat
  }

  #markRead(chat: FakeChat, version: number) {
    chat.readUpto = Math.max(chat.readUpto, version)
    if (dueReminder(chat)) chat.reminder = undefined
    this.changed(chat.matter)
  }

  #remind(chat: FakeChat, dueAt: number, version: number) {
    chat.reminder = { dueAt, seen: version }
    this.changed(chat.matter)
  }

  #find(participant: string): FakeChat {
    const chat = this.chats.get(participant)
    if (!chat) throw notFound
    return chat
  }

  #takeBack(id: string): [FakeChat, Message] {
    for (const chat of this.chats.values()) {
      const at = chat.messages.findIndex((m) => m.id === id && m.version === 0)
      if (at < 0) continue
      const [message] = chat.messages.splice(at, 1)
      if (message.delivery === 'rejected') this.#tellRejected()
      return [chat, message]
    }
    throw notFound
  }

  #takeDecision(id: string): [FakeChat, Unsent] {
    for (const chat of this.chats.values()) {
      const at = chat.decisions.findIndex((d) => d.id === id && d.code === 'superseded')
      if (at < 0) continue
      const [decision] = chat.decisions.splice(at, 1)
      this.#tellRejected()
      return [chat, decision]
    }
    throw notFound
  }

  #currentStatus({ statuses: [newest] }: FakeChat): string {
    return newest?.ended_at === 0 ? newest.message : ''
  }

  #endStatus(chat: FakeChat, at: number) {
    for (const m of chat.messages) if (m.status === 'current') m.status = 'past'
    if (chat.statuses[0]) chat.statuses[0].ended_at ||= at
  }

  #setStatus(chat: FakeChat, message: Message) {
    this.#endStatus(chat, message.sent_at)
    message.status = 'current'
    const { id, text, author_name, sent_at } = message
    chat.statuses.unshift({ message: id, text, set_by_name: author_name, set_at: sent_at, ended_at: 0 })
  }

  #unread(chat: FakeChat): Message[] {
    return chat.messages.filter((m) => !m.mine && m.version > chat.readUpto)
  }

  #alertsNow(): Alert[] {
    const { key } = this.state
    const shown: [string, Elsewhere] = [key, this]
    return [shown, ...this.elsewhere]
      .flatMap(([account, { files, chats }]) =>
        [...chats.values()].map((chat) => this.#alert(account, files.get(chat.matter)!, chat)),
      )
      .filter((alert) => alert.count > 0 || alert.reminder > 0)
      .sort((a, b) => b.at - a.at)
  }

  #alert(account: string, { id: matter, reference, title, mine }: FakeMatter, chat: FakeChat): Alert {
    const unread = mine ? this.#unread(chat) : []
    const newest = unread.at(-1) ?? chat.messages.at(-1)
    const { id: participant, name } = chat.person
    const reminder = dueReminder(chat)
    const hidden = !reminder && (newest?.version ?? 0) <= (chat.reminder?.dueAt ? chat.reminder.seen : 0)
    const several = this.savedAccounts.length > 1
    const firm = (several && this.savedAccounts.find(({ key }) => key === account)?.firm) || ''
    return {
      ...{ account, firm, matter, reference, title, participant, name, reminder },
      ...{ text: newest?.text ?? '', version: newest?.version ?? 0 },
      at: Math.max(newest?.sent_at ?? 0, reminder),
      count: hidden ? 0 : unread.length,
      cover_for: '',
    }
  }

  #rows(): MatterRow[] {
    return [...this.files.values()].map((file): MatterRow => {
      const chats = [...this.chats.values()].filter((chat) => chat.matter === file.id)
      const last = chats.flatMap((chat) => chat.messages).sort((a, b) => b.version - a.version)[0]
      const by =
        last && (last.status === 'current' ? 'Status' : last.mine ? 'You' : last.author_name.split(' ')[0])
      const unread = file.mine ? chats.reduce((n, chat) => n + this.#unread(chat).length, 0) : 0
      const { id, reference, title, type, mine, opened_at } = file
      return {
        ...{ id, reference, title, type, mine, unread },
        ...{ last_by: by ?? '', last_text: last?.text ?? '', last_at: last?.sent_at ?? opened_at },
        closed_at: file.closed_at ?? 0,
      }
    })
  }
}

/** When a chat's reminder was due, or 0 if it isn't yet. */
function dueReminder({ reminder }: FakeChat): number {
  return reminder && reminder.dueAt <= Date.now() ? reminder.dueAt : 0
}

/** Whether a list limited to these ids, or an unlimited one, includes an id. */
const named = (only: string[], id: string) => only.length === 0 || only.includes(id)

/** A device that is signed in. */
export const device = (id: string, more: Partial<Device> = {}): Device => ({
  ...{ id, device: `Desktop ${id}`, kind: 'desktop', created_at: 1, used_at: Date.now() },
  ...{ address: '127.0.0.1', current: false },
  ...more,
})

const failure = (code: string, message: string, field = '') => ({ code, message, field })
const wrongPassword = (field: string) => failure('wrong_password', 'Wrong password.', field)
const wrongCode = failure('wrong_code', 'This code is wrong or too old.', 'code')

const fakeKey: TwoStepKey = { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', qr: 'M0 0h1v1h-1z', size: 21 }
export const fakeRecoveryCodes = ['aaaa-bbbb-cccc-dddd', 'eeee-ffff-gggg-hhhh']

const notFound = {
  code: 'not_found',
  message: "This doesn't exist, or you don't have access to it.",
  field: '',
}

function listen<T>(all: Set<T>, listener: T): () => void {
  all.add(listener)
  return () => all.delete(listener)
}
