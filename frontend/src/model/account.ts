// What users do with their own account, and admins with the accounts of others. All of it needs the portal, and
// otherwise fails with unreachable.

/** A device that is signed in to an account. */
export interface Device {
  id: string
  /** Its name, such as "Chrome on Android". */
  device: string
  /** Empty if it signed in with a portal that didn't ask. */
  kind: '' | 'desktop' | 'browser'
  created_at: number
  /** When it was last used, to an hour. */
  used_at: number
  /** The IP address from which it was last used, or empty. */
  address: string
  /** The device at which the person is looking. */
  current: boolean
  /** When it was signed out. Admins see it because it may still have its copy. */
  ended_at?: number
  /** It will delete its copy. */
  erase?: boolean
}

/** A passkey in the list of a person's own. */
export interface Passkey {
  id: string
  name: string
  created_at: number
  /** When it last signed in or confirmed; 0 if it never did. */
  used_at: number
}

/** A link that someone else opens. It's shown only to the person who makes it. */
export interface Link {
  link: string
  expires_at: number
}

/** A new user, and the link with which they choose their password. */
export interface AddedUser extends Link {
  id: string
}

/** What an authenticator app needs to make codes. */
export interface TwoStepKey {
  /** To type into the app. */
  secret: string
  /** The QR code: the path of its dark squares, in an SVG that is size units wide and high. */
  qr: string
  size: number
}

export interface AccountBackend {
  rename(name: string): Promise<void>
  changeEmail(password: string, email: string): Promise<void>
  /** Signs out the user's other devices. */
  changePassword(old: string, chosen: string): Promise<void>
  /** Makes the key for an authenticator app. It needs a code if two-step verification is on. */
  startTwoStep(password: string, code: string): Promise<TwoStepKey>
  /** Turns two-step verification on with a code of the app. Returns the recovery codes, which are never shown again. */
  confirmTwoStep(code: string): Promise<string[]>
  /** Replaces the recovery codes. Returns the new ones. */
  newRecoveryCodes(password: string, code: string): Promise<string[]>
  /** The user says that they have saved the recovery codes. */
  savedRecoveryCodes(): Promise<void>
  endTwoStep(password: string, code: string): Promise<void>
  /** Confirms who the user is, after confirm_first for the field password. It counts for 5 minutes. */
  confirm(password: string, code: string): Promise<void>
  /** Shows the same with the firm's own account, in the system's browser. It waits until the user is done there. */
  confirmAtProvider(): Promise<void>
  /** Shows the same with a passkey, in the system's browser. It waits until the user is done there. */
  confirmByPasskey(): Promise<void>
  passkeys(): Promise<Passkey[]>
  /** Makes a passkey in the system's browser. It waits until the user is done there. */
  addPasskey(): Promise<void>
  renamePasskey(passkey: string, name: string): Promise<void>
  removePasskey(passkey: string): Promise<void>
  /** Turns off the two-step verification of another user. */
  removeTwoStep(account: string): Promise<void>
  /** Changes the email with which a colleague signs in. */
  setEmail(account: string, email: string): Promise<void>
  /** Lets a user sign in with another of the firm's accounts, because theirs was made anew. */
  unlinkProvider(account: string): Promise<void>
  devices(): Promise<Device[]>
  signOutDevice(device: string): Promise<void>
  /** Makes a link with which an account's owner chooses a new password. An earlier one stops working. */
  resetPassword(account: string): Promise<Link>
  devicesOf(account: string): Promise<Device[]>
  /** With erase, the device also deletes its copy of the matters. */
  signOutDeviceOf(account: string, device: string, erase: boolean): Promise<void>
}
