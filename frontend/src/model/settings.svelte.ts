import { failureOf } from './failure'
import type { Failure } from './backend'
import type { About, ComputerBackend, Pause, SettingsNow, SettingsValues } from './computer'

const first: SettingsNow = {
  ...{ theme: 'system', text_size: 100, dates: 'system', start_with_system: false, close_to_tray: true },
  ...{
    colleagues: true,
    toasts: true,
    preview: true,
    quiet_from: '',
    quiet_until: '',
    paused_until: 0,
    problem: '',
  },
}

/** What the user has set for this computer. A change holds at once, and is taken back if it cannot be kept. */
export class Settings {
  value = $state.raw<SettingsNow>(first)
  failure = $state.raw<Failure>()
  about = $state.raw<About>({ version: '', data: '' })
  /** The file of the last export. */
  saved = $state('')
  /** Which sheet shows. */
  open = $state<'' | 'settings' | 'keyboard' | 'replies'>('')
  #backend: ComputerBackend
  #last = Promise.resolve()

  constructor(backend: ComputerBackend) {
    this.#backend = backend
    backend.onSettings((now) => (this.value = now))
  }

  /** Reads them; without them it is as at first. */
  async read() {
    await this.#try(async () => {
      this.value = await this.#backend.settings()
      this.about = await this.#backend.about()
    })
  }

  show(sheet: 'settings' | 'keyboard' | 'replies') {
    this.failure = undefined
    this.saved = ''
    this.open = sheet
    if (sheet === 'settings') void this.read()
  }

  change(change: Partial<SettingsValues>): Promise<void> {
    const next = { ...this.value, ...change, problem: '' }
    this.value = next
    this.#last = this.#last.then(() => this.#keep(next))
    return this.#last
  }

  pause(pause: Pause): Promise<void> {
    this.#last = this.#last.then(() => this.#try(() => this.#backend.pause(pause)))
    return this.#last
  }

  /** Quiet hours begin with those of most offices. */
  quiet(on: boolean): Promise<void> {
    return this.change({ quiet_from: on ? '18:30' : '', quiet_until: on ? '08:00' : '' })
  }

  openDataFolder(): Promise<void> {
    return this.#try(() => this.#backend.openDataFolder())
  }

  saveDiagnostics(): Promise<void> {
    return this.#try(async () => {
      this.saved = ''
      this.saved = await this.#backend.saveDiagnostics()
    })
  }

  async #keep(values: SettingsValues) {
    await this.#try(() => this.#backend.changeSettings(values))
    if (!this.failure) return
    const why = this.failure
    await this.read()
    this.failure = why
  }

  async #try(what: () => Promise<void>) {
    this.failure = undefined
    try {
      await what()
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  }
}
