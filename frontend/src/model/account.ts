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

export interface AccountBackend {
  rename(name: string): Promise<void>
  changeEmail(password: string, email: string): Promise<void>
  /** Signs out the user's other devices. */
  changePassword(old: string, chosen: string): Promise<void>
  devices(): Promise<Device[]>
  signOutDevice(device: string): Promise<void>
  /** Makes a link with which an account's owner chooses a new password. An earlier one stops working. */
  resetPassword(account: string): Promise<Link>
  devicesOf(account: string): Promise<Device[]>
  /** With erase, the device also deletes its copy of the matters. */
  signOutDeviceOf(account: string, device: string, erase: boolean): Promise<void>
}
