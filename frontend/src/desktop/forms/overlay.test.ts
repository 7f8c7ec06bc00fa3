import { expect, it } from 'vitest'
import { overlayOpen } from './overlay'

it.each([
  ['<div role="dialog" data-state="open"></div>', true],
  ['<div role="alertdialog"></div>', true],
  ['<div role="menu" data-state="open"></div>', true],
  ['<div role="dialog" data-state="closed"></div>', false],
  ['<div role="listbox"></div>', false],
])('sees in %s whether an overlay is open', (html, open) => {
  document.body.innerHTML = html
  expect(overlayOpen()).toBe(open)
})
