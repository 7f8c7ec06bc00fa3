import { createSubscriber } from 'svelte/reactivity'

const subscribe = createSubscriber((changed) => {
  window.addEventListener('focus', changed)
  window.addEventListener('blur', changed)
  document.addEventListener('visibilitychange', changed)
  return () => {
    window.removeEventListener('focus', changed)
    window.removeEventListener('blur', changed)
    document.removeEventListener('visibilitychange', changed)
  }
})

/** Whether the window is visible and has the focus. */
export function attention(): boolean {
  subscribe()
  return document.hasFocus() && document.visibilityState === 'visible'
}
