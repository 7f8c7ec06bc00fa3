import type { Device } from './account'
import type { Failure } from './backend'
import { coalesce } from './coalesce'
import { failureOf } from './failure'

/** The devices that are signed in to an account and, for admins, those that were and may still have a copy. */
export class Devices {
  /** This device first, then the most recently used, and last those signed out. Undefined before the first answer. */
  all = $state.raw<Device[]>()
  /** Why reading or signing out failed. */
  failure = $state.raw<Failure>()
  /** What has been done, as a sentence. */
  notice = $state('')
  #read: () => Promise<Device[]>
  #signOut: (device: string, erase: boolean) => Promise<void>

  constructor(read: () => Promise<Device[]>, signOut: (device: string, erase: boolean) => Promise<void>) {
    this.#read = read
    this.#signOut = signOut
  }

  read = coalesce(async () => {
    this.failure = undefined
    try {
      this.all = (await this.#read()).toSorted(
        (a, b) =>
          Number(b.current) - Number(a.current) ||
          Number(!!a.ended_at) - Number(!!b.ended_at) ||
          (b.ended_at ?? b.used_at) - (a.ended_at ?? a.used_at),
      )
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  })

  /** With erase, the device also deletes its copy of the matters. */
  async signOut({ id }: Device, erase = false) {
    this.notice = ''
    try {
      await this.#signOut(id, erase)
    } catch (thrown) {
      const failure = failureOf(thrown)
      // It has signed out itself. Then it has no copy that a portal could delete.
      if (failure.code !== 'not_found') return void (this.failure = failure)
    }
    await this.read()
    this.all = this.all?.filter((device) => device.id !== id || device.ended_at) // the list may not be readable now
    this.notice = 'The device has been signed out.'
  }

  /** Has a device that was signed out delete its copy. */
  async erase({ id }: Device) {
    this.notice = ''
    try {
      await this.#signOut(id, true)
    } catch (thrown) {
      return void (this.failure = failureOf(thrown))
    }
    await this.read()
    this.notice = 'The device will delete its matters when it next reaches the portal.'
  }
}
