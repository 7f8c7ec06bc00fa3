// What users manage. But for assigning, it is asked of the portal itself, and fails with unreachable without it.

/** What is said of a matter by hand. */
export interface MatterDetails {
  reference: string
  title: string
  type: string
}

/** What is said of a participant by hand. */
export interface ParticipantDetails {
  name: string
  role: string
  other_side: boolean
}

/** Whom a matter is to be assigned to, until the portal has confirmed it. */
export interface Assigning {
  id: string
  assigned: string
  assigned_name: string
  state: 'waiting' | 'sending' | 'rejected'
  /** Why it was rejected, as a sentence. */
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

/** The link by which a participant comes in. */
export interface Invitation {
  link: string
  expires_at: number
}

export interface AdministrationBackend {
  users(): Promise<UserAccount[]>
  addUser(email: string, name: string, password: string, admin: boolean): Promise<string>
  editUser(id: string, admin: boolean, active: boolean): Promise<void>
  openMatter(matter: MatterDetails, assigned: string, team: string[]): Promise<string>
  editMatter(id: string, matter: MatterDetails): Promise<void>
  closeMatter(id: string, closed: boolean): Promise<void>
  /** As soon as the portal can be reached. */
  assign(matter: string, user: string): Promise<void>
  setTeam(matter: string, users: string[]): Promise<void>
  addParticipant(matter: string, participant: ParticipantDetails): Promise<string>
  editParticipant(id: string, participant: ParticipantDetails): Promise<void>
  removeParticipant(id: string): Promise<void>
  invite(participant: string): Promise<Invitation>
  revokeInvitation(participant: string): Promise<void>
  /** The roles in use, the most used first; needs no portal. */
  roles(): Promise<string[]>
  /** Puts a text on the clipboard. */
  copy(text: string): Promise<void>
}
