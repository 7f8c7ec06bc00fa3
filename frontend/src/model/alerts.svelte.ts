import type { Alert, WindowBackend } from './backend'
import { Watched } from './watched.svelte'

const notLoaded: Alert[] = []

/** The user's alerts, newest first. */
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

  /** The number of unread messages behind the alerts. */
  get count(): number {
    return this.value.reduce((n, alert) => n + alert.count, 0)
  }

  /** Marks a chat as read up to the message that its alert shows, without opening it. */
  async markRead({ participant, version }: Alert) {
    await this.#backend.markRead(participant, version)
    await this.refresh()
  }
}
