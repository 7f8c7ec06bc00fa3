/**
 * Calls that come while run is at work make it run once more afterwards, however many they are. Each is done when
 * a run is that began after it.
 */
export function coalesce(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const start = () => {
    next = undefined
    return (running = run().finally(() => (running = undefined)))
  }
  return () => next ?? (running ? (next = running.then(start, start)) : start())
}
