import type { ChatBackend, Draft as SavedDraft, Failure } from './backend'
import { failureOf } from './failure'

const saveDelay = 400 // milliseconds without typing
const maxDelay = 2000 // milliseconds while the user types on, in case the window crashes

/** The unsent text in a chat's box. It is saved as the user types. */
export class Draft {
  text = $state('')
  setStatus = $state(false)
  /** Why it couldn't be saved. */
  failure = $state.raw<Failure>()
  /** The saved draft was shown, or the user has typed since. It must not be shown again. */
  #shown = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #unsavedSince = 0
  #saving = Promise.resolve()
  #backend: ChatBackend
  #participant: string

  constructor(backend: ChatBackend, participant: string) {
    this.#backend = backend
    this.#participant = participant
  }

  /** Shows the saved draft, unless the user has typed since. */
  show(saved: SavedDraft) {
    if (this.#shown) return
    this.#shown = true
    this.#set(saved)
  }

  write(text: string, setStatus: boolean) {
    this.#shown = true
    this.#set({ text, set_status: setStatus })
    if (this.#timer === undefined) this.#unsavedSince = Date.now()
    clearTimeout(this.#timer)
    const left = this.#unsavedSince + maxDelay - Date.now()
    this.#timer = setTimeout(() => void this.#save(), Math.min(saveDelay, Math.max(left, 0)))
  }

  /** Saves unsaved text at once. Resolves when everything is saved. */
  flush(): Promise<void> {
    if (this.#timer !== undefined) void this.#save()
    return this.#saving
  }

  /** Call this when the backend has sent this text and cleared its draft. Text typed since stays. */
  sent(text: string) {
    if (this.text !== text) this.write(this.text, this.setStatus)
    else this.#set({ text: '', set_status: false })
  }

  /** Shows a draft that the backend has changed. */
  replace(saved: SavedDraft) {
    this.#shown = true
    this.#set(saved)
  }

  /** Shows a draft that was saved in another window, unless the user is typing in this one. */
  follow(saved: SavedDraft) {
    if (this.#timer === undefined) this.replace(saved)
  }

  #set(saved: SavedDraft) {
    this.text = saved.text
    this.setStatus = saved.set_status
  }

  // One save at a time, so that an older text never overwrites a newer one.
  #save(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#saving = this.#saving.then(async () => {
      try {
        await this.#backend.saveDraft(this.#participant, { text: this.text, set_status: this.setStatus })
        this.failure = undefined
      } catch (thrown) {
        this.failure = failureOf(thrown)
      }
    })
    return this.#saving
  }
}
