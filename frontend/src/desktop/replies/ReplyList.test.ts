import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { FakeBackend } from '../../fake/window'
import { ReplyPicker } from '../../model/replypicker.svelte'
import { Replies as Saved } from '../../model/replies.svelte'
import Composer from '../../shared/Composer.svelte'
import ReplyList from './ReplyList.svelte'

Element.prototype.scrollIntoView = () => {} // jsdom has none

let backend: FakeBackend
const manage = vi.fn()
const onsend = vi.fn()

beforeEach(() => {
  manage.mockReset()
  onsend.mockReset()
  backend = new FakeBackend()
  backend.savedReplies = [
    { id: '1', title: 'Funds', text: 'Dear {first name},\n\nthe funds are here.', firm: true },
    { id: '2', title: 'Keys', text: 'The keys are here.', firm: false },
  ]
})

/** A box with the list above it, in which this has been typed. */
async function typed(text: string) {
  const replies = new Saved(backend, manage)
  await replies.refresh()
  const blankValues = () => ({ 'first name': 'Ana', matter: 'Elm Street', reference: '1' })
  let written = text
  const replyPicker = new ReplyPicker(replies, {
    text: () => written,
    blankValues,
    insert: (from, to, by) => component.replace(from, to, by),
  })
  const onwrite = vi.fn((now: string) => (written = now))
  const props = { text, problem: '', onwrite, onleave: () => {}, onsend, assist: replyPicker }
  const { component } = render(Composer, props)
  render(ReplyList, { replyPicker })
  const box = screen.getByRole<HTMLTextAreaElement>('textbox')
  box.focus()
  box.setSelectionRange(text.length, text.length)
  await fireEvent.input(box)
  return { box, onwrite }
}

const options = () => screen.queryAllByRole('option').map((row) => row.textContent?.replace(/\s+/g, ' '))

it('lists titles, owners and beginnings, and announces the number', async () => {
  const { box } = await typed('/')
  expect(options()).toEqual([
    'Funds Firm Dear Ana, the funds are here.',
    'Keys Yours The keys are here.',
    'Manage saved replies…',
  ])
  expect(screen.getByRole('status').textContent?.trim()).toBe('2 saved replies')
  const first = screen.getAllByRole('option')[0]
  expect(box.getAttribute('aria-activedescendant')).toBe(first.id)
  expect(first.getAttribute('aria-selected')).toBe('true')
})

it('inserts with Enter without sending', async () => {
  const { box, onwrite } = await typed('Hello /fu')
  await fireEvent.keyDown(box, { key: 'Enter' })
  expect(onwrite).toHaveBeenLastCalledWith('Hello Dear Ana,\n\nthe funds are here.', false)
  expect(box.selectionStart).toBe(box.value.length)
  expect(onsend).not.toHaveBeenCalled()
})

it('inserts with a click and keeps the focus in the box', async () => {
  const { box, onwrite } = await typed('/')
  const keys = screen.getByRole('option', { name: /Keys/ })
  expect(await fireEvent.mouseDown(keys)).toBe(false)
  await fireEvent.click(keys)
  expect(onwrite).toHaveBeenLastCalledWith('The keys are here.', false)
  expect(document.activeElement).toBe(box)
})

it('closes when the box loses the focus', async () => {
  const { box } = await typed('/')
  await fireEvent.blur(box)
  expect(options()).toEqual([])
})

it('offers to create a reply if there are none', async () => {
  backend.savedReplies = []
  const { box } = await typed('/')
  expect(options()).toEqual(['No saved replies yet. Create one…'])
  await fireEvent.keyDown(box, { key: 'Enter' })
  expect(manage).toHaveBeenCalledOnce()
  expect(onsend).not.toHaveBeenCalled()
})
