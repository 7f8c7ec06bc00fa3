import type { Replies } from './replies.svelte'
import { fillBlanks, matchingReplies, slashAt, type BlankValues, type Reply } from './reply'

/** What the picker needs from the composer. */
interface ComposerAccess {
  /** The text in the box. */
  text: () => string
  /** The values of a reply's placeholders. */
  blankValues: () => BlankValues
  /** Replaces the text between two positions. */
  insert: (from: number, to: number, text: string) => void
}

/** The list of saved replies that opens after a typed slash. The box keeps the focus. */
export class ReplyPicker {
  /** The list's element id. A row's id adds its number. */
  readonly id = 'saved-replies'
  readonly replies: Replies
  #composer: ComposerAccess
  #active = $state(0)
  #caret = $state(-1)
  /** The position of the slash whose list the user closed. */
  #closed = $state(-1)
  #slash = $derived.by(() => slashAt(this.#composer.text(), this.#caret))

  constructor(replies: Replies, composer: ComposerAccess) {
    this.replies = replies
    this.#composer = composer
  }

  rows: Reply[] = $derived.by(() =>
    this.#slash ? matchingReplies(this.replies.all ?? [], this.#slash.typed) : [],
  )

  open: boolean = $derived.by(() => {
    if (!this.#slash || this.#slash.from === this.#closed) return false
    const none = this.replies.all?.length === 0 && this.#slash.typed === ''
    return this.rows.length > 0 || none
  })

  /** The highlighted row. The one after the replies opens the sheet of saved replies. */
  get active(): number {
    return Math.min(this.#active, this.rows.length)
  }
  set active(row: number) {
    this.#active = row
  }

  /** The text that a reply would insert. */
  preview(reply: Reply): string {
    return fillBlanks(reply.text, this.#composer.blankValues())
  }

  /** The box's ARIA attributes, for screen readers. */
  get attributes() {
    return {
      'aria-autocomplete': 'list' as const,
      'aria-controls': this.open ? this.id : undefined,
      'aria-activedescendant': this.open ? `${this.id}-${this.active}` : undefined,
    }
  }

  /** Reports where the caret is, or -1 when the box has lost the focus. */
  moveCaret(caret: number) {
    const was = this.open
    if (caret !== this.#caret) this.active = 0
    this.#caret = caret
    if (caret >= 0 && this.#slash?.from !== this.#closed) this.#closed = -1
    if (this.open && !was) void this.replies.refresh()
  }

  /** Returns whether it handled the key. */
  key(event: KeyboardEvent): boolean {
    const { key, isComposing, keyCode, ctrlKey, altKey, metaKey, shiftKey } = event
    if (key === 'Tab' && shiftKey) this.moveCaret(-1) // the focus leaves the box, so the list closes
    // Composer explains keyCode.
    if (!this.open || isComposing || keyCode === 229 || ctrlKey || altKey || metaKey || shiftKey) return false
    if (key === 'ArrowDown') this.#move(1)
    else if (key === 'ArrowUp') this.#move(-1)
    else if (key === 'Enter' || key === 'Tab') this.choose(this.active)
    else if (key === 'Escape') this.#closed = this.#slash?.from ?? -1
    else return false
    event.preventDefault()
    return true
  }

  choose(row: number) {
    const reply = this.rows[row]
    if (!this.#slash) return
    if (reply) this.#composer.insert(this.#slash.from, this.#caret, this.preview(reply))
    else this.replies.manage()
  }

  #move(by: number) {
    const rows = this.rows.length + 1
    this.active = (this.active + by + rows) % rows
  }
}
