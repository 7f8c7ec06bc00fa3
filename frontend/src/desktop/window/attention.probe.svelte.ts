import { flushSync } from 'svelte'
import type { WindowBackend } from '../../model/backend'
import { Screen } from '../../model/screen.svelte'

/** Watches the attention as a component does, for tests. */
export function watchAttention(backend: WindowBackend) {
  let attention = false
  const screen = new Screen(backend)
  const stop = $effect.root(() => {
    $effect(() => void (attention = screen.attention))
  })
  flushSync()
  return {
    attention() {
      flushSync()
      return attention
    },
    close() {
      stop()
      screen.close()
    },
  }
}
