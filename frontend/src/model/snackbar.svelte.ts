interface SnackbarMessage {
  text: string
  undo?: () => unknown
}

const shownFor = 8_000 // milliseconds

/** A short message about what was just done, with Undo where possible. */
export class Snackbar {
  value = $state.raw<SnackbarMessage>()
  #timer: ReturnType<typeof setTimeout> | undefined

  show(text: string, undo?: () => unknown) {
    this.value = { text, undo }
    this.startTimer()
  }

  undo() {
    const message = this.value
    this.dismiss()
    message?.undo?.()
  }

  /** Stops the timer while the user points at it or has the focus in it. */
  keepOpen() {
    clearTimeout(this.#timer)
  }

  startTimer() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.dismiss(), shownFor)
  }

  dismiss() {
    this.keepOpen()
    this.value = undefined
  }
}
