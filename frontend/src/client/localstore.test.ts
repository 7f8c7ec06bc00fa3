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

test('counts unsent messages and drafts, and starts afresh if the storage is unreadable', () => {
  const store = new LocalStore('ana')
  store.add(unsent('one'))
  store.saveDraft('ana', { text: 'half a thought', set_status: false })
  expect(store.count()).toEqual({ unsent: 1, drafts: 1 })
  localStorage.setItem(localStorage.key(0)!, '{"unsent":[')
  expect(store.count()).toEqual({ unsent: 0, drafts: 0 })
  store.add(unsent('two'))
  expect(store.unsent().map((m) => m.id)).toEqual(['two'])
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

test('reports changes from other tabs', () => {
  const store = new LocalStore('ana')
  const listener = vi.fn()
  const forget = store.onChanged(listener)
  store.add(unsent('one'))
  dispatchEvent(new StorageEvent('storage', { key: 'something else' }))
  expect(listener).not.toHaveBeenCalled()
  dispatchEvent(new StorageEvent('storage', { key: localStorage.key(0)! }))
  forget()
  dispatchEvent(new StorageEvent('storage', { key: localStorage.key(0)! }))
  expect(listener).toHaveBeenCalledOnce()
})

test('makes ids that are UUIDv7 in time order', () => {
  const ids = [1_700_000_000_000, 1_700_000_000_001, 1_800_000_000_000].map(newID)
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect([...ids].sort()).toEqual(ids)
  expect(newID(1)).not.toBe(newID(1))
})
