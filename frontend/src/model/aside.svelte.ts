interface Said {
  text: string
  undo?: () => unknown
}

const stands = 8_000 // milliseconds

/** What has just been done, said in passing, with a way back where there is one. */
export class Aside {
  value = $state.raw<Said>()
  #timer: ReturnType<typeof setTimeout> | undefined

  say(text: string, undo?: () => unknown) {
    this.value = { text, undo }
    this.go()
  }

  undo() {
    const said = this.value
    this.clear()
    said?.undo?.()
  }

  /** Stays for as long as somebody is at it. */
  stay() {
    clearTimeout(this.#timer)
  }

  go() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.clear(), stands)
  }

  clear() {
    this.stay()
    this.value = undefined
  }
}
