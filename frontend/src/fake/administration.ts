import type { AddedUser, Link } from '../model/account'
import type {
  FirmSettings,
  Invitation,
  MatterDetails,
  ParticipantDetails,
  UserAccount,
} from '../model/administration'
import type { ParticipantRow } from '../model/backend'
import type { Reply } from '../model/reply'
import { failure, listen, notFound } from './calls'
import type { FakeMatter } from './chat'
import { FakeCovers } from './covers'
import { FakeOutbox } from './outbox'

/** The firm: its users, matters and participants, settings and replies. */
export abstract class FakeAdministration extends FakeOutbox {
  accounts: UserAccount[] = [
    { id: 'leah', email: 'leah@firm.example', name: 'Leah Stone', admin: false, active: true },
    { id: 'maya', email: 'maya@firm.example', name: 'Maya Hart', admin: true, active: true },
  ]
  coverOf = new FakeCovers()
  invitations = new Map<string, Invitation>()
  firm: FirmSettings = {
    ...{ idle_days: 30, client_idle_days: 30, absolute_days: 180, offline_days: 14 },
    ...{ read_expired: true, team_manages: false, two_step: false },
  }
  savedReplies: Reply[] = []
  #firm = new Set<() => void>()
  #replies = new Set<() => void>()

  tellFirm() {
    for (const hint of this.#firm) hint()
  }

  tellReplies(all: Reply[]) {
    this.savedReplies = all
    for (const hint of this.#replies) hint()
  }

  // Users.

  users = () => this.answer('users', () => this.accounts)
  addUser = (email: string, name: string, admin: boolean) =>
    this.answer(`addUser ${email}`, (): AddedUser => {
      this.mustBeConfirmed()
      this.accounts = [...this.accounts, { id: email, email, name, admin, active: true }]
      return { id: email, ...(this.state.sso_only ? { link: '', expires_at: 0 } : this.#resetLink()) }
    })
  editUser = (id: string, admin: boolean, active: boolean) =>
    this.answer(`editUser ${id} ${admin} ${active}`, () => {
      const before = this.accounts.find((user) => user.id === id)
      if ((admin && !before?.admin) || (active && !before?.active)) this.mustBeConfirmed()
      this.accounts = this.accounts.map((user) => (user.id === id ? { ...user, admin, active } : user))
    })
  setEmail = (account: string, email: string) =>
    this.answer(`setEmail ${account} ${email}`, () => {
      this.mustBeConfirmed()
      this.accounts = this.accounts.map((user) => (user.id === account ? { ...user, email } : user))
    })
  unlinkProvider = (account: string) =>
    this.answer(`unlinkProvider ${account}`, () => {
      this.mustBeConfirmed()
      this.accounts = this.accounts.map((user) => (user.id === account ? { ...user, linked: false } : user))
    })
  removeTwoStep = (account: string) =>
    this.answer(`removeTwoStep ${account}`, () => {
      this.mustBeConfirmed()
      if (account === this.me.id) throw failure('not_allowed', 'Turn off your own in the settings.')
      this.accounts = this.accounts.map((user) => (user.id === account ? { ...user, two_step: false } : user))
    })
  resetPassword = (account: string) =>
    this.answer(`resetPassword ${account}`, () => {
      const chats = [...this.chats.values()].filter(({ person }) => person.account === account)
      if (chats.length === 0 && this.accounts.every(({ id }) => id !== account)) throw notFound
      this.mustBeConfirmed()
      for (const { person } of chats) {
        this.#editPerson(person.id, { reset_at: Date.now(), reset_by: this.me.id })
      }
      return this.#resetLink()
    })
  devicesOf = (account: string) => this.answer(`devicesOf ${account}`, () => this.signedIn.get(account) ?? [])
  signOutDeviceOf = (account: string, id: string, erase: boolean) =>
    this.answer(`signOutDeviceOf ${account} ${id}${erase ? ' and erase' : ''}`, () =>
      this.endDevice(account, id, erase),
    )

  #resetLink(): Link {
    return {
      link: `https://portal.example/reset#${++this.version}`,
      expires_at: Date.now() + 3 * 86_400_000,
    }
  }

  covers = () => this.answer('covers', () => this.coverOf.of(this.me.id))
  readCovers = () => this.answer('readCovers', () => this.coverOf.all())
  setCover = (account: string, by: string, from: number, until: number, alone: boolean) =>
    this.answer(`setCover ${account} ${by}`, () => {
      this.coverOf.set(this.accounts, account, by, from, until, alone)
      this.tellSession({})
    })
  endCover = (account: string) =>
    this.answer(`endCover ${account}`, () => {
      this.coverOf.end(account)
      this.tellSession({})
    })

  // Matters and participants.

  openMatter = (matter: MatterDetails, assigned: string, team: string[]) =>
    this.answer(`openMatter ${matter.reference}`, () => {
      for (const field of ['reference', 'title', 'type'] as const)
        if (matter[field].trim() === '') throw { code: 'required', message: `Enter a ${field}.`, field }
      const id = matter.reference
      this.addMatter({ id, ...matter, opened_at: 1, assigned: '', assigned_name: '', mine: false, team })
      this.#edit(id, this.#assigned(assigned))
      return id
    })

  editMatter = (id: string, matter: MatterDetails) =>
    this.answer(`editMatter ${id}`, () => this.#edit(id, matter))
  closeMatter = (id: string, closed: boolean) =>
    this.answer(`closeMatter ${id} ${closed}`, () => this.#edit(id, { closed_at: closed ? 1 : 0 }))
  assign = (id: string, user: string) =>
    this.answer(`assign ${id} ${user}`, () => this.#edit(id, this.#assigned(user)))
  setTeam = (id: string, team: string[]) =>
    this.answer(`setTeam ${id} ${team}`, () => this.#edit(id, { team }))

  #edit(id: string, change: Partial<FakeMatter>) {
    this.files.set(id, { ...this.files.get(id)!, ...change })
    this.changed(id)
  }

  #assigned(id: string) {
    return {
      assigned: id,
      assigned_name: this.accounts.find((user) => user.id === id)!.name,
      mine: id === this.me.id,
    }
  }

  addParticipant = (matter: string, { name, role, other_side }: ParticipantDetails) =>
    this.answer(`addParticipant ${matter} ${name}`, () => {
      this.addPerson(matter, { id: name, name, role, other_side, joined: false })
      this.changed(matter)
      return name
    })

  editParticipant = (id: string, details: ParticipantDetails) =>
    this.answer(`editParticipant ${id}`, () => this.#editPerson(id, details))
  removeParticipant = (id: string) =>
    this.answer(`removeParticipant ${id}`, () => this.#editPerson(id, { removed: true }))

  #editPerson(id: string, change: Partial<ParticipantRow>) {
    const chat = this.find(id)
    chat.person = { ...chat.person, ...change }
    this.changed(chat.matter)
  }

  invite = (participant: string, pin: boolean) =>
    this.answer(`invite ${participant}${pin ? ' with a PIN' : ''}`, (): Invitation => {
      const link = `https://portal.example/invited#${++this.version}${pin ? '&pin' : ''}`
      this.invitations.set(participant, { link, expires_at: 2_000, pin: pin ? '482193' : '' })
      return this.invitations.get(participant)!
    })

  revokeInvitation = (participant: string) =>
    this.answer(`revokeInvitation ${participant}`, () => {
      if (!this.invitations.delete(participant)) throw notFound
    })

  // Settings and replies.

  firmSettings = () => this.answer('firmSettings', () => this.firm)
  readFirmSettings = () => this.answer('readFirmSettings', () => this.firm)
  setFirmSettings = (settings: FirmSettings) =>
    this.answer('setFirmSettings', () => {
      if (settings.absolute_days > this.firm.absolute_days) this.mustBeConfirmed()
      this.firm = settings
    })
  onFirm = (hint: () => void) => listen(this.#firm, hint)

  replies = () => this.answer('replies', () => this.savedReplies)
  saveReply = (reply: Reply) =>
    this.answer(`saveReply ${reply.title}`, () =>
      this.tellReplies([...this.savedReplies.filter((other) => other.id !== reply.id), reply]),
    )
  removeReply = (id: string, firm: boolean) =>
    this.answer(`removeReply ${id} ${firm}`, () =>
      this.tellReplies(this.savedReplies.filter((reply) => reply.id !== id)),
    )
  onReplies = (hint: () => void) => listen(this.#replies, hint)
}
