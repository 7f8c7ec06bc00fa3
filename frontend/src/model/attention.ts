import { createSubscriber } from 'svelte/reactivity'

/** How long without a key or the pointer until the user counts as away, in milliseconds. */
export const idleAfter = 2 * 60_000

const signsOfLife = ['keydown', 'pointermove', 'pointerdown', 'wheel', 'focus'] as const

let lastSign = 0
let idle = false

const subscribe = createSubscriber((changed) => {
  let timer: ReturnType<typeof setTimeout>
  const check = () => {
    const left = lastSign + idleAfter - Date.now()
    if (left > 0) return void (timer = setTimeout(check, left))
    idle = true
    changed()
  }
  const here = () => {
    lastSign = Date.now()
    if (!idle) return
    idle = false
    check()
    changed()
  }
  lastSign = Date.now()
  idle = false
  check()
  for (const sign of signsOfLife) window.addEventListener(sign, here, { capture: true, passive: true })
  window.addEventListener('focus', changed)
  window.addEventListener('blur', changed)
  document.addEventListener('visibilitychange', changed)
  return () => {
    clearTimeout(timer)
    for (const sign of signsOfLife) window.removeEventListener(sign, here, { capture: true })
    window.removeEventListener('focus', changed)
    window.removeEventListener('blur', changed)
    document.removeEventListener('visibilitychange', changed)
  }
})

/** Whether the window is visible and has the focus, and its user isn't idle. */
export function attention(): boolean {
  subscribe()
  return document.hasFocus() && document.visibilityState === 'visible' && !idle
}
