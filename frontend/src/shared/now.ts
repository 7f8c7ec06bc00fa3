import { createSubscriber } from 'svelte/reactivity'

const subscribe = createSubscriber((tick) => {
  const timer = setInterval(tick, 20_000)
  return () => clearInterval(timer)
})

/** The current time. Whatever renders it updates every 20 seconds. */
export function now(): number {
  subscribe()
  return Date.now()
}
