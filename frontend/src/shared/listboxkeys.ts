import type { Attachment } from 'svelte/attachments'

/**
 * Moves the focus within a short listbox with the arrow keys, Home and End. One option is the tab stop: the
 * last one focused, or the selected one, or the first. Options open on a click, Enter or Space only.
 */
export const listboxKeys: Attachment<HTMLElement> = (list) => {
  const options = () => [...list.querySelectorAll<HTMLElement>('[role=option]')]

  function stopAt(option: HTMLElement | undefined) {
    for (const other of options()) other.tabIndex = other === option ? 0 : -1
  }

  function settle() {
    const all = options()
    const had = all.find((option) => option === document.activeElement)
    stopAt(had ?? all.find((option) => option.getAttribute('aria-selected') === 'true') ?? all[0])
  }

  function move(event: KeyboardEvent) {
    const all = options()
    const at = all.indexOf(document.activeElement as HTMLElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
    if (event.key === 'Enter' || event.key === ' ') all[at]?.click()
    else if (to === undefined) return
    else all[Math.max(0, Math.min(to, all.length - 1))]?.focus({ focusVisible: true })
    event.preventDefault()
  }

  const focused = (event: FocusEvent) => stopAt(event.target as HTMLElement)
  const watch = new MutationObserver(settle)
  watch.observe(list, { childList: true, subtree: true, attributeFilter: ['aria-selected'] })
  list.addEventListener('keydown', move)
  list.addEventListener('focusin', focused)
  settle()
  return () => {
    watch.disconnect()
    list.removeEventListener('keydown', move)
    list.removeEventListener('focusin', focused)
  }
}
