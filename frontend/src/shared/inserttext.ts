/** Replaces the text between two positions and puts the caret after it. Ctrl Z undoes it. */
export function insertText(box: HTMLTextAreaElement, from: number, to: number, text: string) {
  box.focus()
  box.setSelectionRange(from, to)
  // execCommand is deprecated, but only it leaves an undo step. Browsers without it insert without one.
  if (document.execCommand?.('insertText', false, text)) return
  box.setRangeText(text, from, to, 'end')
  box.dispatchEvent(new Event('input', { bubbles: true }))
}
