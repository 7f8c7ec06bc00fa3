import { createSubscriber } from 'svelte/reactivity'

const subscribe = createSubscriber((tick) => {
  const timer = setInterval(tick, 20_000)
  return () => clearInterval(timer)
})

/** The current time. Components that show it update every 20 seconds. */
export function now(): number {
  subscribe()
  return Date.now()
}
