import type { Failure, Matter, ParticipantRow, WindowBackend } from './backend'
import { failureOf } from './failure'

/** The export of a matter, or of one of its chats, to a file. */
export class FileExport {
  readonly matter: Matter
  /** The participant whose chat to export; undefined for a whole matter. */
  readonly person: ParticipantRow | undefined
  whole = $state(false)
  kind = $state<'pdf' | 'json'>('pdf')
  saving = $state(false)
  /** The file's name, once it is saved. */
  saved = $state('')
  failure = $state.raw<Failure>()
  #backend: WindowBackend

  constructor(backend: WindowBackend, matter: Matter, person?: ParticipantRow) {
    this.#backend = backend
    this.matter = matter
    this.person = person
    this.whole = !person
  }

  async save() {
    if (this.saving) return
    this.saving = true
    this.failure = undefined
    try {
      const file =
        this.person && !this.whole
          ? await this.#backend.saveChat(this.person.id, this.kind)
          : await this.#backend.saveMatter(this.matter.id, this.kind)
      this.saved = file.split(/[\\/]/).pop()!
    } catch (thrown) {
      this.failure = failureOf(thrown)
    } finally {
      this.saving = false
    }
  }
}
