import type { Link } from './account'
import type {
  Assigning,
  FirmSettings,
  MatterDetails,
  ParticipantDetails,
  UserAccount,
} from './administration'
import { Snackbar } from './snackbar.svelte'
import type { Failure, Matter, ParticipantRow, WindowBackend } from './backend'
import { failureOf } from './failure'
import type { Confirming } from './confirming.svelte'
import { Devices } from './devices.svelte'
import type { Freshness } from './freshness.svelte'
import { Form } from './form.svelte'
import { PendingInvitation } from './invitation.svelte'
import { changes, settingsForm, type SettingsValues } from './firmsettings'
import { PrivateLink } from './privatelink.svelte'
import { coalesce } from './coalesce'

/** The values of a matter's form. */
export interface MatterValues extends MatterDetails {
  /** For a new matter only: the assigned user and the team. */
  assigned?: string
  team?: string[]
}

export interface NewUser {
  name: string
  email: string
  admin: boolean
}

/** The account of commands on the portal's own machine. */
const portald = 'portald'

/** For how long staff see that someone made a link for a participant's new password. */
const resetShown = 30 * 24 * 60 * 60 * 1000

/** Managing the firm: its users, its matters and their participants. */
export class Firm {
  readonly snackbar = new Snackbar()
  readonly me: string
  readonly close: () => void
  /** All users by name, as the portal last reported them. */
  users = $state.raw<UserAccount[]>([])
  /** What the firm has decided; undefined until the portal has said it. */
  settings = $state.raw<FirmSettings>()
  /** Why reading failed. */
  failure = $state.raw<Failure>()
  /** The roles in use, most used first. */
  roles = $state.raw<string[]>([])
  #backend: WindowBackend
  #freshness: Freshness
  #confirming: Confirming
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- the screen doesn't read the map
  #invitations = new Map<string, PendingInvitation>()
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- the screen doesn't read the map
  #resetLinks = new Map<string, PrivateLink>()

  constructor(backend: WindowBackend, freshness: Freshness, me: string, confirming: Confirming) {
    this.#backend = backend
    this.#freshness = freshness
    this.#confirming = confirming
    this.me = me
    this.close = backend.onFirm(() => void this.refresh())
  }

  /** Why the portal can't be reached, as a sentence; empty if it can. */
  get unavailable(): string {
    return this.#freshness.unavailable
  }

  /** What the user may do depends on the users and on the settings, so both change at once. */
  refresh = coalesce(async () => {
    const [roles, users, settings] = await Promise.allSettled([
      this.#backend.roles(),
      this.#backend.users(),
      this.#backend.firmSettings(),
    ])
    if (roles.status === 'fulfilled') this.roles = roles.value
    if (users.status === 'fulfilled') this.users = users.value
    // Otherwise the portal is away, or too old to have settings. It decides anyway.
    if (settings.status === 'fulfilled') this.settings = settings.value
    const failed = [roles, users].find((read) => read.status === 'rejected')
    this.failure = failed && failureOf(failed.reason)
  })

  /** Whether the signed-in user is an admin. */
  get admin(): boolean {
    return this.users.some((user) => user.id === this.me && user.admin)
  }

  nameOf(id: string): string {
    return this.users.find((user) => user.id === id)?.name ?? ''
  }

  /** What belongs beside a user's name: the email, if another user's name looks the same. */
  detailOf(id: string): string {
    const user = this.users.find((user) => user.id === id)
    return user?.alike ? user.email : ''
  }

  get active(): UserAccount[] {
    return this.users.filter((user) => user.active)
  }

  // Matters.

  /** Calls opened with the new matter's id once it is on this computer, if the user may open it. */
  newMatter(opened: (id: string) => unknown): Form<MatterValues> {
    void this.refresh()
    const first: MatterValues = { reference: '', title: '', type: '', assigned: this.me, team: [] }
    return new Form(first, async ({ assigned = this.me, team = [], ...details }) => {
      const others = team.filter((user) => user !== assigned)
      const id = await this.#backend.openMatter(details, assigned, others)
      if (!this.maySee(assigned, others)) {
        this.snackbar.show(
          `${details.title} was created for ${this.nameOf(assigned)}. You can't open it because you're not on its team.`,
        )
        return
      }
      await this.#arrived(id)
      opened(id)
    })
  }

  // A colleague may have changed the matter since a form opened. Fields that the user didn't touch keep the
  // colleague's values.

  editMatter({ id, reference, title, type }: Matter): Form<MatterValues> {
    const before: MatterDetails = { reference, title, type }
    return new Form<MatterValues>(before, async (details) => {
      const now = await this.#backend.matter(id)
      const merged = (field: keyof MatterDetails) =>
        details[field] === before[field] ? now[field] : details[field]
      const [reference, title, type] = [merged('reference'), merged('title'), merged('type')]
      await this.#backend.editMatter(id, { reference, title, type })
    })
  }

  editTeam(id: string, before: string[]): Form<{ team: string[] }> {
    void this.refresh()
    return new Form({ team: before }, async ({ team }) => {
      const now = (await this.#backend.matter(id)).team ?? []
      const kept = now.filter((user) => team.includes(user) || !before.includes(user))
      const added = team.filter((user) => !before.includes(user) && !now.includes(user))
      await this.#backend.setTeam(id, [...kept, ...added])
    })
  }

  /**
   * Whether the user may reassign, close and reopen a matter, and change its team. The portal decides. The user may try
   * while this computer doesn't know.
   */
  manages({ assigned }: Pick<Matter, 'assigned'>): boolean {
    if (assigned === this.me || this.users.length === 0 || !this.settings) return true
    return this.admin || this.settings.team_manages
  }

  /** Whether the user may open a matter with this assigned user and team. */
  maySee(assigned: string, team: string[]): boolean {
    return this.admin || assigned === this.me || team.includes(this.me)
  }

  async closeMatter(matter: Pick<Matter, 'id' | 'title'>, closed: boolean) {
    await this.#try(async () => {
      await this.#backend.closeMatter(matter.id, closed)
      this.snackbar.show(`${closed ? 'Closed' : 'Reopened'} ${matter.title}`, () =>
        this.closeMatter(matter, !closed),
      )
    })
  }

  async assign({ id, assigned }: Pick<Matter, 'id' | 'assigned'>, user: UserAccount) {
    await this.#try(async () => {
      await this.#backend.assign(id, user.id)
      const before = this.active.find((u) => u.id === assigned)
      const undo =
        before &&
        this.manages({ assigned: user.id }) &&
        (() => this.assign({ id, assigned: user.id }, before))
      const to = user.id === this.me ? 'you' : user.name
      this.snackbar.show(
        this.unavailable ? `Will be assigned to ${to} once synced` : `Assigned to ${to}`,
        undo || undefined,
      )
    })
  }

  /** Cancels an assignment that the portal hasn't confirmed. */
  async cancelAssignment(assigning: Assigning) {
    await this.#try(() => this.#backend.removeUnsent(assigning.id))
  }

  // Participants.

  addParticipant(matter: string, added: (id: string, name: string) => unknown): Form<ParticipantDetails> {
    void this.refresh()
    return new Form<ParticipantDetails>({ name: '', role: '', other_side: false }, async (details) => {
      added(await this.#backend.addParticipant(matter, details), details.name.trim())
    })
  }

  editParticipant({ id, name, role, other_side }: ParticipantRow): Form<ParticipantDetails> {
    return new Form<ParticipantDetails>({ name, role, other_side }, (details) =>
      this.#backend.editParticipant(id, details),
    )
  }

  async removeParticipant({ id, name }: Pick<ParticipantRow, 'id' | 'name'>) {
    await this.#try(async () => {
      await this.#backend.removeParticipant(id)
      this.snackbar.show(`${name} no longer has access to this matter. The chat is kept.`)
    })
  }

  /** A participant's invitation. Only the user who makes a link sees it. */
  invitation(participant: string): PendingInvitation {
    let invitation = this.#invitations.get(participant)
    if (!invitation) {
      invitation = new PendingInvitation(this.#backend, participant)
      this.#invitations.set(participant, invitation)
    }
    return invitation
  }

  // Users.

  /**
   * Calls added with the new user. resetLink has the link with which they choose a password. There is none if the firm
   * forbids passwords.
   */
  addUser(added: (id: string, name: string, link: boolean) => unknown): Form<NewUser> {
    return new Form<NewUser>({ name: '', email: '', admin: false }, async ({ email, name, admin }) => {
      const add = () => this.#backend.addUser(email, name, admin)
      const { id, link, expires_at } = await this.#confirming.run(add)
      if (link) this.resetLink(id).value = { link, expires_at }
      await this.refresh()
      added(id, name.trim(), link !== '')
    })
  }

  /** Throws a Failure. */
  async editUser(id: string, admin: boolean, active: boolean) {
    await this.#confirming.run(() => this.#backend.editUser(id, admin, active))
    await this.refresh()
  }

  /** Changes the email with which a colleague signs in. */
  setEmail(user: UserAccount): Form<{ email: string }> {
    return new Form({ email: user.email }, async ({ email }) => {
      await this.#confirming.run(() => this.#backend.setEmail(user.id, email.trim()))
      await this.refresh()
    })
  }

  /** Turns off a user's two-step verification. Throws a Failure. */
  async removeTwoStep(id: string) {
    await this.#confirming.run(() => this.#backend.removeTwoStep(id))
    await this.refresh()
  }

  /** Lets a user sign in with another of the firm's accounts. Throws a Failure. */
  async unlinkProvider(id: string) {
    await this.#confirming.run(() => this.#backend.unlinkProvider(id))
    await this.refresh()
  }

  // Passwords and devices of others, for admins.

  /** The link with which an account's owner chooses a new password. Only the admin who makes it sees it. */
  resetLink(account: string): PrivateLink {
    let link = this.#resetLinks.get(account)
    if (!link) {
      link = new PrivateLink<Link>(
        () => this.#confirming.run(() => this.#backend.resetPassword(account)),
        (text) => this.#backend.copy(text),
      )
      this.#resetLinks.set(account, link)
    }
    return link
  }

  /**
   * Signs an account out everywhere, and has its devices delete their copies, also those that were signed out before.
   * Throws a Failure.
   */
  async endAccess(account: string) {
    for (const device of await this.#backend.devicesOf(account)) {
      try {
        await this.#backend.signOutDeviceOf(account, device.id, true)
      } catch (thrown) {
        if (failureOf(thrown).code !== 'not_found') throw thrown // it has signed out itself, and has no copy
      }
    }
  }

  /** A list of an account's devices, which the caller reads. */
  devicesOf(account: string): Devices {
    return new Devices(
      () => this.#backend.devicesOf(account),
      (device, erase) => this.#backend.signOutDeviceOf(account, device, erase),
    )
  }

  /** Who made a link for a participant's new password, unless that was long ago. */
  resetOf(
    { reset_at = 0, reset_by = '' }: ParticipantRow,
    now: number,
  ): { at: number; by: string; how: string } | undefined {
    if (now - reset_at > resetShown) return undefined
    return {
      at: reset_at,
      by: reset_by === this.me ? 'You' : this.nameOf(reset_by) || 'An admin',
      how: reset_by === portald ? ' with portald' : '',
    }
  }

  /**
   * The firm's settings as the portal has them now, to change them. Those that the user doesn't change keep another
   * admin's values. Throws a Failure.
   */
  async changeSettings(): Promise<Form<SettingsValues>> {
    const before = await this.#backend.readFirmSettings()
    return settingsForm(before, async (settings) => {
      const now = await this.#backend.readFirmSettings()
      const changed = { ...now, ...changes(before, settings) }
      await this.#confirming.run(() => this.#backend.setFirmSettings(changed))
      this.snackbar.show('Firm settings saved')
      await this.refresh()
    })
  }

  async #try(act: () => Promise<void>) {
    try {
      await act()
    } catch (thrown) {
      this.snackbar.show(failureOf(thrown).message)
    }
  }

  /** Waits up to five seconds for a new matter to arrive on this computer. */
  #arrived(id: string): Promise<void> {
    return new Promise((here) => {
      const look = () =>
        this.#backend.matter(id).then(
          () => stop(),
          () => {},
        )
      const forget = this.#backend.onChanged((matters) => void (matters.includes(id) && look()))
      const late = setTimeout(() => stop(), 5_000)
      const stop = () => {
        forget()
        clearTimeout(late)
        here()
      }
      void look()
    })
  }
}
