import { createSubscriber } from 'svelte/reactivity'

const heard = createSubscriber((tick) => {
  const timer = setInterval(tick, 20_000)
  return () => clearInterval(timer)
})

/** The time, which moves on what shows it. */
export function now(): number {
  heard()
  return Date.now()
}
