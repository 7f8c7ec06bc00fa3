import type { Alert, WindowBackend } from './backend'
import { Watched } from './watched.svelte'

/** The user's alerts, newest first. */
export class Alerts extends Watched<Alert[]> {
  constructor(backend: WindowBackend) {
    super(
      [],
      () => backend.alerts(),
      (hint) => backend.onAlerts(hint),
    )
  }

  /** The number of unread messages behind the alerts. */
  get count(): number {
    return this.value.reduce((n, alert) => n + alert.count, 0)
  }
}
