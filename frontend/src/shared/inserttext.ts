/** Puts a text in the place of what stands from here to there, and the caret behind it. Ctrl Z takes it back. */
export function insertText(box: HTMLTextAreaElement, from: number, to: number, text: string) {
  box.focus()
  box.setSelectionRange(from, to)
  // Deprecated, and the one way that leaves a step to take back. Where it is gone, it goes without.
  if (document.execCommand?.('insertText', false, text)) return
  box.setRangeText(text, from, to, 'end')
  box.dispatchEvent(new Event('input', { bubbles: true }))
}
