import type { Alert, WindowBackend } from './backend'
import { Watched } from './watched.svelte'

const notLoaded: Alert[] = []

/** Identifies an alert. The accounts of two users of a portal may have the same chat. */
export const alertKey = ({ account, participant }: Pick<Alert, 'account' | 'participant'>) =>
  `${account}-${participant}`

/** The alerts of all accounts, newest first. */
export class Alerts extends Watched<Alert[]> {
  #backend: WindowBackend

  constructor(backend: WindowBackend) {
    super(
      notLoaded,
      () => backend.alerts(),
      (hint) => backend.onAlerts(hint),
    )
    this.#backend = backend
  }

  /** Whether the alerts have been read from the backend. */
  get loaded(): boolean {
    return this.value !== notLoaded
  }

  /** The number of unread messages and reminders behind the alerts. */
  get count(): number {
    return this.value.reduce((n, alert) => n + (alert.count || 1), 0)
  }

  /** Marks a chat as read up to the message that its alert shows, without opening it. */
  async markRead({ account, participant, version }: Alert) {
    await this.#backend.markAlertRead(account, participant, version)
    await this.refresh()
  }

  /** Takes an alert away until a time, and then shows it again. With its own reminder, it is there at once. */
  async remind({ account, participant, version }: Alert, dueAt: number) {
    await this.#backend.setAlertReminder(account, participant, dueAt, version)
    await this.refresh()
  }
}
