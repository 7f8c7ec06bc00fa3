interface SnackbarMessage {
  text: string
  undo?: () => unknown
}

const shownFor = 8_000 // milliseconds

/** What has just been done, message in passing, with a way back where there is one. */
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

  /** Stays for as long as somebody is at it. */
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
