import { alertKey } from './alerts.svelte'
import type { Alert } from './backend'

/** Words each new alert for screen readers, once. */
export class Announcements {
  /** The newest message of each chat that was announced, or that the user knows without. */
  #known = new Map<string, number>()
  #alerting: Set<string> | undefined

  /**
   * Returns what to say now, or ''. The alerts that are there at first are nothing new, and the user sees the chat in
   * sight. Without preview no name is said.
   */
  next(alerts: Alert[], inSight: string, preview: boolean): string {
    const before = this.#alerting
    this.#alerting = new Set(alerts.map(alertKey))
    const isNew = (key: string, at: number) => {
      const known = this.#known.get(key) ?? 0
      this.#known.set(key, Math.max(known, at))
      return at > known
    }
    const fresh = alerts.filter((alert) => {
      const { participant, version, reminder } = alert
      const key = alertKey(alert)
      const message = isNew(key, version) && participant !== inSight
      const reminds = isNew(`reminder ${key}`, reminder)
      return before && !before.has(key) && (message || reminds)
    })
    if (fresh.length === 0) return ''
    if (fresh.length > 1) return `${fresh.length} chats have something new`
    const [{ count, name, title, reference, firm }] = fresh
    const at = firm ? `, ${firm}` : ''
    if (count === 0) return (preview ? `Reminder: ${name}, ${title}` : `Reminder in ${reference}`) + at
    const what = count > 1 ? `${count} new messages` : 'New message'
    return (preview ? `${what} from ${name}, ${title}` : `${what} in ${reference}`) + at
  }
}
