import type { Alert, WindowBackend } from './backend'
import { Told } from './told.svelte'

/** The user's alerts, the newest first. */
export class Alerts extends Told<Alert[]> {
  constructor(backend: WindowBackend) {
    super(
      [],
      () => backend.alerts(),
      (heard) => backend.onAlerts(heard),
    )
  }

  /** How many messages they stand for. */
  get count(): number {
    return this.value.reduce((n, alert) => n + alert.count, 0)
  }
}
