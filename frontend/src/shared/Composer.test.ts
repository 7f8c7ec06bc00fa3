import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import Composer from './Composer.svelte'

function open(props: Partial<{ text: string; problem: string; setStatus: boolean }> = {}) {
  const hands = { onwrite: vi.fn(), onleave: vi.fn(), onsend: vi.fn() }
  render(Composer, { text: 'Hello', problem: '', ...props, ...hands })
  return { ...hands, box: screen.getByPlaceholderText('Enter message') }
}

it('sends with Enter, without a line break', async () => {
  const { box, onsend } = open()
  const wentOn = await fireEvent.keyDown(box, { key: 'Enter' })
  expect(onsend).toHaveBeenCalledOnce()
  expect(wentOn).toBe(false)
})

it('adds a line break with Shift Enter', async () => {
  const { box, onsend } = open()
  expect(await fireEvent.keyDown(box, { key: 'Enter', shiftKey: true })).toBe(true)
  expect(onsend).not.toHaveBeenCalled()
})

it.each([
  ['while composing', { isComposing: true }],
  ['just after composing, as in WebKit', { keyCode: 229 }],
])('does not send with the Enter that picks a candidate, %s', async (_, how) => {
  const { box, onsend } = open()
  expect(await fireEvent.keyDown(box, { key: 'Enter', ...how })).toBe(true)
  expect(onsend).not.toHaveBeenCalled()
})

it('sends with the button', async () => {
  const { onsend } = open()
  await fireEvent.click(screen.getByRole('button', { name: 'Send' }))
  expect(onsend).toHaveBeenCalledOnce()
})

it('reports typing, ticking and leaving the box', async () => {
  const { box, onwrite, onleave } = open({ setStatus: false })
  await fireEvent.input(box, { target: { value: 'Hello Ana' } })
  expect(onwrite).toHaveBeenLastCalledWith('Hello Ana', false)
  await fireEvent.click(screen.getByLabelText('Set as current status'))
  expect(onwrite).toHaveBeenLastCalledWith('Hello', true)
  await fireEvent.blur(box)
  expect(onleave).toHaveBeenCalledOnce()
})

it('has no checkbox when setStatus is undefined', () => {
  open()
  expect(screen.queryByRole('checkbox')).toBeNull()
})

it('shows a problem below the box and keeps the text', () => {
  const { box } = open({ problem: 'Write a message first.' })
  expect(box).toHaveProperty('value', 'Hello')
  expect(box.getAttribute('aria-invalid')).toBe('true')
  const told = document.getElementById(box.getAttribute('aria-describedby')!)
  expect(told?.textContent).toBe('Write a message first.')
})
