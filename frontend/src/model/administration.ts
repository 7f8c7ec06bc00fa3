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
}

/** A participant's invitation link. */
export type Invitation = Link

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
  invite(participant: string): Promise<Invitation>
  revokeInvitation(participant: string): Promise<void>
  /** The roles in use, most used first. Works offline. */
  roles(): Promise<string[]>
  /** Copies a text to the clipboard. */
  copy(text: string): Promise<void>
}
