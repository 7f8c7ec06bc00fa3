import { createSubscriber } from 'svelte/reactivity'

const heard = createSubscriber((changed) => {
  window.addEventListener('focus', changed)
  window.addEventListener('blur', changed)
  document.addEventListener('visibilitychange', changed)
  return () => {
    window.removeEventListener('focus', changed)
    window.removeEventListener('blur', changed)
    document.removeEventListener('visibilitychange', changed)
  }
})

/** Whether the user is looking: the window is in view, and it is the one they type in. */
export function attention(): boolean {
  heard()
  return document.hasFocus() && document.visibilityState === 'visible'
}
