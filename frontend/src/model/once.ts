/** Calls that come while run is at work make it run once more afterwards, however many they are. */
export function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let again = false
  async function rounds() {
    while (again) {
      again = false
      await run()
    }
    running = undefined
  }
  return () => {
    again = true
    return (running ??= rounds())
  }
}
