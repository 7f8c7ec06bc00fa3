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
    this.#alerting = new Set(alerts.map((alert) => alert.participant))
    const fresh = alerts.filter(({ participant, version }) => {
      const known = this.#known.get(participant) ?? 0
      this.#known.set(participant, Math.max(known, version))
      return before && !before.has(participant) && version > known && participant !== inSight
    })
    if (fresh.length === 0) return ''
    if (fresh.length > 1) return `${fresh.length} chats have new messages`
    const [{ count, name, title, reference }] = fresh
    const what = count > 1 ? `${count} new messages` : 'New message'
    return preview ? `${what} from ${name}, ${title}` : `${what} in ${reference}`
  }
}
