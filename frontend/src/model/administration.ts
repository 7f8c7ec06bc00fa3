// Managing the firm. Everything but assigning and roles needs the portal, and otherwise fails with unreachable.

import type { AddedUser, Link } from './account'

/** What users enter about a matter. */
export interface MatterDetails {
  reference: string
  title: string
  type: string
}

/** What users enter about a participant. */
export interface ParticipantDetails {
  name: string
  role: string
  other_side: boolean
}

/** An assignment that the portal hasn't confirmed. */
export interface Assigning {
  id: string
  assigned: string
  assigned_name: string
  state: 'waiting' | 'sending' | 'rejected'
  /** Why the portal rejected it, as a sentence. */
  reason: string
}

/** A user of the firm. */
export interface UserAccount {
  id: string
  email: string
  name: string
  admin: boolean
  active: boolean
  /** Another user's name looks the same, so the email belongs beside it. */
  alike?: boolean
  /** They use two-step verification. Only admins see it. */
  two_step?: boolean
  /** They have signed in with the firm's own account. Only admins see it. */
  linked?: boolean
}

/** What the firm has decided about sessions, copies and matters. */
export interface FirmSettings {
  /** How many days a desktop session lasts without use. */
  idle_days: number
  /** The same for a session in a browser; 0: until the browser closes. */
  client_idle_days: number
  /** How many days any session lasts. */
  absolute_days: number
  /** After how many days without the portal a copy locks itself; 0: never. */
  offline_days: number
  /** The app shows its copy after its session has expired. */
  read_expired: boolean
  /** A matter's team may reassign, close and reopen it, and change the team. */
  team_manages: boolean
  /** Users need two-step verification to sign in. */
  two_step: boolean
}

/** A participant's invitation link. */
export interface Invitation extends Link {
  /** What the link asks for; empty for a link without a PIN. It can't be read again. */
  pin: string
}

export interface AdministrationBackend {
  users(): Promise<UserAccount[]>
  addUser(email: string, name: string, admin: boolean): Promise<AddedUser>
  editUser(id: string, admin: boolean, active: boolean): Promise<void>
  openMatter(matter: MatterDetails, assigned: string, team: string[]): Promise<string>
  editMatter(id: string, matter: MatterDetails): Promise<void>
  closeMatter(id: string, closed: boolean): Promise<void>
  /** Works offline, too: it is sent once the portal can be reached. */
  assign(matter: string, user: string): Promise<void>
  setTeam(matter: string, users: string[]): Promise<void>
  addParticipant(matter: string, participant: ParticipantDetails): Promise<string>
  editParticipant(id: string, participant: ParticipantDetails): Promise<void>
  removeParticipant(id: string): Promise<void>
  /** With pin, the link asks for a PIN. */
  invite(participant: string, pin: boolean): Promise<Invitation>
  revokeInvitation(participant: string): Promise<void>
  /** Works offline, too, once the portal has been asked. */
  firmSettings(): Promise<FirmSettings>
  /** Reads them from the portal. */
  readFirmSettings(): Promise<FirmSettings>
  setFirmSettings(settings: FirmSettings): Promise<void>
  /** The roles in use, most used first. Works offline. */
  roles(): Promise<string[]>
  /** The users, their roles or the firm's settings may have changed. */
  onFirm(hint: () => void): () => void
  /** Copies a text to the clipboard. */
  copy(text: string): Promise<void>
}
