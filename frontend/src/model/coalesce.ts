/**
 * Returns a function that runs one call at a time. Calls during a run share one more run after it. Each call resolves
 * when a run that began after it ends.
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
