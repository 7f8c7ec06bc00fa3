// What the app keeps on this computer beside the replicas: who has signed in here, and what is set.

/** An account that this computer remembers. */
export interface Account {
  key: string
  name: string
  firm: string
  portal: string
  demo: boolean
}

/** A portal that answers. */
export interface PortalInfo {
  address: string
  firm: string
  /** #rrggbb, or empty. */
  colour: string
}

/** What the user has set, whoever is signed in. */
export interface SettingsValues {
  theme: 'system' | 'light' | 'dark'
  /** In percent. */
  text_size: number
  /** system, or a language's tag. */
  dates: string
  start_with_system: boolean
  close_to_tray: boolean
  /** What a colleague writes in a matter of the user's raises an alert too. */
  colleagues: boolean
  toasts: boolean
  preview: boolean
  /** The quiet hours, as "18:30"; both are empty for none. */
  quiet_from: string
  quiet_until: string
  paused_until: number
}

export interface SettingsNow extends SettingsValues {
  /** What is wrong with them, as a sentence. */
  problem: string
}

/** For how long there are no toasts; '' for no pause. */
export type Pause = 'hour' | 'tomorrow' | ''

export interface About {
  version: string
  /** The folder in which everything lies. */
  data: string
}

export interface ComputerBackend {
  /** The newest sign-in last. */
  knownAccounts(): Promise<Account[]>
  switchTo(key: string): Promise<void>
  /** The account that is open stays signed in. */
  showStart(): Promise<void>
  /** Whose portal is at an address. */
  checkPortal(address: string): Promise<PortalInfo>
  /** Makes a firm with a portal on this computer, and signs its first user in. */
  createFirm(firm: string, name: string, email: string, password: string): Promise<void>
  settings(): Promise<SettingsNow>
  changeSettings(settings: SettingsValues): Promise<void>
  /** Keeps toasts back, or with '' no longer. */
  pause(pause: Pause): Promise<void>
  /** A hint that something else has changed the settings: the tray, or a pause. */
  onSettings(hint: () => void): () => void
  about(): Promise<About>
  openDataFolder(): Promise<void>
  /** The file that was written. */
  saveDiagnostics(): Promise<string>
  /** Where the user last was; empty if nowhere. */
  lastChat(): Promise<{ matter: string; participant: string }>
  saveLastChat(matter: string, participant: string): Promise<void>
}
