import { beforeEach, expect, test, vi } from 'vitest'
import { newID } from '../model/id'
import { LocalStore } from './localstore'

beforeEach(() => localStorage.clear())

const unsent = (id: string) => ({ id, participant: 'ana', text: id, written_at: 1, reason: '' })

test('keeps unsent messages and drafts for the same account only', () => {
  const store = new LocalStore('ana')
  store.add(unsent('one'))
  store.add(unsent('two'))
  store.reject('one', 'Too long.')
  store.saveDraft('ana', { text: 'half a thought', set_status: false })
  const later = new LocalStore('ana')
  expect(later.unsent().map((m) => m.id + m.reason)).toEqual(['oneToo long.', 'two'])
  expect(later.draft('ana')).toBe('half a thought')
  expect(new LocalStore('ben').unsent()).toEqual([])
  expect(later.remove('one')?.text).toBe('one')
  expect(later.remove('one')).toBeUndefined()
  expect(store.unsent().map((m) => m.id)).toEqual(['two'])
  store.clear()
  expect(later.unsent()).toEqual([])
  expect(later.draft('ana')).toBe('')
})

test('counts unsent messages and drafts, and skips an unreadable message', () => {
  const store = new LocalStore('ana')
  store.add(unsent('one'))
  const [key] = Object.keys(localStorage)
  store.saveDraft('ana', { text: 'half a thought', set_status: false })
  expect(store.count()).toEqual({ unsent: 1, drafts: 1 })
  localStorage.setItem(key, '{"id":')
  expect(store.count()).toEqual({ unsent: 0, drafts: 1 })
  store.add(unsent('two'))
  expect(store.unsent().map((m) => m.id)).toEqual(['two'])
})

test('keeps what two tabs write at the same time', () => {
  const store = new LocalStore('ana')
  const setItem = Storage.prototype.setItem
  // Another tab writes between what this tab reads and what it writes.
  const between = vi.spyOn(Storage.prototype, 'setItem').mockImplementationOnce(function (
    this: Storage,
    ...item
  ) {
    new LocalStore('ana').add(unsent('theirs'))
    setItem.apply(this, item)
  })
  store.saveDraft('ana', { text: 'half a thought', set_status: false })
  between.mockRestore()
  expect(store.unsent().map((m) => m.id)).toEqual(['theirs'])
  expect(store.draft('ana')).toBe('half a thought')
})

test('takes over what earlier versions stored under one key', () => {
  const drafts = { ana: 'half a thought' }
  localStorage.setItem('matterline ana', JSON.stringify({ unsent: [unsent('one'), unsent('two')], drafts }))
  const store = new LocalStore('ana')
  expect(store.unsent().map((m) => m.id)).toEqual(['one', 'two'])
  expect(store.draft('ana')).toBe('half a thought')
  store.clear()
  expect(new LocalStore('ana').count()).toEqual({ unsent: 0, drafts: 0 })
})

test('stores nothing after it was cleared', () => {
  const store = new LocalStore('ana')
  store.clear()
  store.saveDraft('ana', { text: 'late', set_status: false })
  expect(new LocalStore('ana').draft('ana')).toBe('')
})

test('reports full storage and keeps what was stored', () => {
  const store = new LocalStore('ana')
  store.add(unsent('one'))
  const full = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError')
  })
  expect(() => store.add(unsent('two'))).toThrow(
    expect.objectContaining({ message: expect.stringContaining('out of storage') }),
  )
  full.mockRestore()
  expect(store.unsent().map((m) => m.id)).toEqual(['one'])
})

test('reports what another tab has changed', () => {
  const store = new LocalStore('ana')
  const listener = vi.fn()
  const forget = store.onChanged(listener)
  store.add(unsent('one'))
  const [key] = Object.keys(localStorage)
  dispatchEvent(new StorageEvent('storage', { key: 'something else' }))
  expect(listener).not.toHaveBeenCalled()
  dispatchEvent(new StorageEvent('storage', { key }))
  forget()
  dispatchEvent(new StorageEvent('storage', { key }))
  expect(listener.mock.calls).toEqual([['unsent', 'one']])
})

test('makes ids that are UUIDv7 in time order', () => {
  const ids = [1_700_000_000_000, 1_700_000_000_001, 1_800_000_000_000].map(newID)
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect([...ids].sort()).toEqual(ids)
  expect(newID(1)).not.toBe(newID(1))
})
