import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Draft } from './draft.svelte'
import { FakeBackend } from '../fake/window'

let backend: FakeBackend
let draft: Draft

beforeEach(() => {
  vi.useFakeTimers()
  backend = new FakeBackend()
  backend.addPerson('okafor', { id: 'ana', name: 'Ana Okafor' })
  draft = new Draft(backend, 'ana')
})
afterEach(() => vi.useRealTimers())

const saved = () => backend.chats.get('ana')!.draft
const saves = () => backend.calls.filter((call) => call.startsWith('saveDraft'))

it('shows the saved text', () => {
  draft.show({ text: 'Dear Ana', set_status: true })
  expect([draft.text, draft.setStatus]).toEqual(['Dear Ana', true])
})

it("isn't overwritten by a read while the user types", () => {
  draft.show({ text: 'Dear', set_status: false })
  draft.write('Dear Ana', true)
  draft.show({ text: 'Dear', set_status: false })
  expect([draft.text, draft.setStatus]).toEqual(['Dear Ana', true])
})

it("isn't overwritten by a late read", () => {
  draft.write('Quick', false)
  draft.show({ text: 'SavedDraft before', set_status: false })
  expect(draft.text).toBe('Quick')
})

it('follows a draft saved in another window, unless the user types in this one', async () => {
  draft.show({ text: 'Dear', set_status: false })
  draft.follow({ text: '', set_status: false })
  expect(draft.text).toBe('')
  draft.write('Quick', false)
  draft.follow({ text: 'Slow', set_status: false })
  expect(draft.text).toBe('Quick')
})

it('is saved once, after a pause', async () => {
  draft.write('D', false)
  draft.write('De', false)
  draft.write('Dear', true)
  expect(saves()).toEqual([])
  await vi.runAllTimersAsync()
  expect(saves()).toEqual(['saveDraft ana Dear'])
  expect(saved()).toEqual({ text: 'Dear', set_status: true })
})

it('is saved while the user types on, so that a crash of the window takes little', async () => {
  for (let i = 1; i <= 30; i++) {
    draft.write('x'.repeat(i), false)
    await vi.advanceTimersByTimeAsync(100)
  }
  expect(saves()).toHaveLength(1)
  expect(saved().text).toHaveLength(20)
})

it('is saved at once when the user leaves', async () => {
  draft.write('Dear', false)
  await draft.flush()
  expect(saved().text).toBe('Dear')
  await draft.flush()
  await vi.runAllTimersAsync()
  expect(saves()).toHaveLength(1)
})

it('saves the newest text last, however long each save takes', async () => {
  const release = backend.block('saveDraft')
  draft.write('Old', false)
  const first = draft.flush()
  await vi.advanceTimersByTimeAsync(0)
  backend.blocked.delete('saveDraft') // a second one would be quicker
  draft.write('New', false)
  const second = draft.flush()
  await vi.advanceTimersByTimeAsync(0)
  release()
  await Promise.all([first, second])
  expect(saved().text).toBe('New')
})

it('shows that saving failed, and tries again with the next word', async () => {
  backend.fails.set('saveDraft', { code: 'internal', message: 'The disk is full.', field: '' })
  draft.write('Dear', false)
  await draft.flush()
  expect(draft.failure?.message).toBe('The disk is full.')
  draft.write('Dear Ana', false)
  await draft.flush()
  expect(draft.failure).toBeUndefined()
  expect(saved().text).toBe('Dear Ana')
})

it('keeps text typed after sending', () => {
  draft.write('One', false)
  draft.sent('One')
  expect(draft.text).toBe('')
  draft.write('Two, and on', false)
  draft.sent('Two')
  expect(draft.text).toBe('Two, and on')
})
