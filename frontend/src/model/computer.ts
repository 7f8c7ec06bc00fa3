// What the app stores on this computer besides the replicas: accounts and settings.

import type { ChatAddress } from './backend'

/** An account saved on this computer. */
export interface Account {
  key: string
  name: string
  firm: string
  portal: string
  demo: boolean
  /** How many new messages its alerts stand for. */
  unread: number
  /** What is wrong with it, such as "Offline", or ''. */
  note: string
}

/** How an account's firm is called. */
export const firmName = ({ demo, firm, portal }: Pick<Account, 'demo' | 'firm' | 'portal'>) =>
  demo ? 'Demo firm' : firm || portal

/** What a portal says about itself. */
export interface PortalInfo {
  address: string
  firm: string
  /** #rrggbb, or empty. */
  colour: string
  /** Users can sign in with the firm's own accounts, in the browser. */
  provider: boolean
  /** Users can sign in with a password. */
  passwords: boolean
  /** Users can sign in with a passkey, in the browser. */
  passkeys: boolean
}

/** The settings of this computer, for every account. */
export interface SettingsValues {
  theme: 'system' | 'light' | 'dark'
  /** In percent. */
  text_size: number
  /** "system" or a language tag. */
  dates: string
  start_with_system: boolean
  close_to_tray: boolean
  /** Whether a colleague's message in a matter of the user's raises an alert. */
  colleagues: boolean
  toasts: boolean
  preview: boolean
  /** The quiet hours, such as "18:30". Both are empty without quiet hours. */
  quiet_from: string
  quiet_until: string
  paused_until: number
}

export interface SettingsNow extends SettingsValues {
  /** What is wrong with the settings, as a sentence. */
  problem: string
}

/** How long to pause notifications; '' for no pause. */
export type Pause = 'hour' | 'tomorrow' | ''

export interface About {
  version: string
  /** The folder with all data. */
  data: string
}

export interface ComputerBackend {
  /** Most recent sign-in last. */
  knownAccounts(): Promise<Account[]>
  switchTo(key: string): Promise<void>
  /** Shows the account of an address, at what it names. */
  switchToChat(at: ChatAddress): Promise<void>
  /** A hint that the accounts have changed, or how they are. */
  onAccounts(hint: () => void): () => void
  /** The account stays signed in. */
  showStart(): Promise<void>
  /** Reads whose portal is at an address. */
  checkPortal(address: string): Promise<PortalInfo>
  /** Creates a firm with a portal on this computer, and signs in its first user. */
  createFirm(firm: string, name: string, email: string, password: string): Promise<void>
  settings(): Promise<SettingsNow>
  changeSettings(settings: SettingsValues): Promise<void>
  /** Pauses notifications; '' ends the pause. */
  pause(pause: Pause): Promise<void>
  /** A hint that something else has changed the settings: the tray, or a pause. */
  onSettings(hint: () => void): () => void
  about(): Promise<About>
  openDataFolder(): Promise<void>
  /** Returns the path of the file. */
  saveDiagnostics(): Promise<string>
  /** The chat that was last open; empty if none was. */
  lastChat(): Promise<{ matter: string; participant: string }>
  saveLastChat(matter: string, participant: string): Promise<void>
}
