import type { ChatBackend, Draft as SavedDraft, Failure } from './backend'
import { failureOf } from './failure'

const saveDelay = 400 // milliseconds of not typing

/** What is typed in one chat and not sent. Here it is newest; behind it is kept for the next start. */
export class Draft {
  text = $state('')
  setStatus = $state(false)
  /** Why it could not be kept. */
  failure = $state.raw<Failure>()
  /** What was kept before has been shown, or overtaken by typing: it is not to be shown again. */
  #shown = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #saving = Promise.resolve()
  #backend: ChatBackend
  #participant: string

  constructor(backend: ChatBackend, participant: string) {
    this.#backend = backend
    this.#participant = participant
  }

  /** Shows what was kept, unless the user has written since. */
  show(saved: SavedDraft) {
    if (this.#shown) return
    this.#shown = true
    this.#set(saved)
  }

  write(text: string, setStatus: boolean) {
    this.#shown = true
    this.#set({ text, set_status: setStatus })
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#save(), saveDelay)
  }

  /** Keeps at once what is not kept yet; done when nothing is under way any more. */
  flush(): Promise<void> {
    if (this.#timer !== undefined) void this.#save()
    return this.#saving
  }

  /** The backend has sent this and cleared what it kept. What was typed since stays. */
  sent(text: string) {
    if (this.text !== text) this.write(this.text, this.setStatus)
    else this.#set({ text: '', set_status: false })
  }

  /** The backend keeps something else now. */
  replace(saved: SavedDraft) {
    this.#shown = true
    this.#set(saved)
  }

  #set(saved: SavedDraft) {
    this.text = saved.text
    this.setStatus = saved.set_status
  }

  // One after the other, so that an older text never lands on a newer one.
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
