import { failureOf } from './failure'
import type { Failure } from './backend'
import { coalesce } from './coalesce'
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

/** The settings of this computer. A change applies at once, and is undone if it can't be saved. */
export class Settings {
  value = $state.raw<SettingsNow>(first)
  failure = $state.raw<Failure>()
  about = $state.raw<About>({ version: '', data: '' })
  /** The path of the last diagnostics file. */
  saved = $state('')
  /** The sheet on screen. */
  open = $state<'' | 'settings' | 'keyboard' | 'replies'>('')
  #backend: ComputerBackend
  #last = Promise.resolve()

  constructor(backend: ComputerBackend) {
    this.#backend = backend
    backend.onSettings(() => void this.#refresh())
  }

  /** Reads the settings. The defaults stay if that fails. */
  async read() {
    this.failure = undefined
    await this.#refresh()
    try {
      this.about = await this.#backend.about()
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  }

  /** Reads the settings after every change made here is saved. */
  #refresh = coalesce(async () => {
    let last: Promise<void>
    try {
      do {
        last = this.#last
        await last
        const now = await this.#backend.settings()
        if (last === this.#last) this.value = now
      } while (last !== this.#last)
    } catch (thrown) {
      this.failure = failureOf(thrown)
    }
  })

  show(sheet: 'settings' | 'keyboard' | 'replies') {
    this.failure = undefined
    this.saved = ''
    this.open = sheet
    if (sheet === 'settings') void this.read()
  }

  change(change: Partial<SettingsValues>): Promise<void> {
    const next = { ...this.value, ...change, problem: '' }
    this.value = next
    return this.#write(() => this.#backend.changeSettings(next))
  }

  pause(pause: Pause): Promise<void> {
    return this.#write(() => this.#backend.pause(pause))
  }

  /** Turns quiet hours on, with usual office hours, or off. */
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

  /** Saves one change at a time, then reads the settings. */
  #write(write: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(() => this.#try(write))
    return this.#last.then(this.#refresh)
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
