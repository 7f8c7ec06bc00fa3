import { beforeEach, expect, test, vi } from 'vitest'
import { newID } from '../model/id'
import { LocalStore } from './localstore'

beforeEach(() => localStorage.clear())

const unsent = (id: string) => ({ id, participant: 'ana', text: id, written_at: 1, reason: '' })

test('keeps unsent messages and drafts for the same account only', () => {
  const kept = new LocalStore('ana')
  kept.add(unsent('one'))
  kept.add(unsent('two'))
  kept.reject('one', 'Too long.')
  kept.saveDraft('ana', { text: 'half a thought', set_status: false })
  const later = new LocalStore('ana')
  expect(later.unsent().map((m) => m.id + m.reason)).toEqual(['oneToo long.', 'two'])
  expect(later.draft('ana')).toBe('half a thought')
  expect(new LocalStore('ben').unsent()).toEqual([])
  expect(later.remove('one')?.text).toBe('one')
  expect(later.remove('one')).toBeUndefined()
  expect(kept.unsent().map((m) => m.id)).toEqual(['two'])
  kept.clear()
  expect(later.unsent()).toEqual([])
  expect(later.draft('ana')).toBe('')
})

test('counts unsent messages and drafts, and starts afresh if the storage is unreadable', () => {
  const kept = new LocalStore('ana')
  kept.add(unsent('one'))
  kept.saveDraft('ana', { text: 'half a thought', set_status: false })
  expect(kept.count()).toEqual({ unsent: 1, drafts: 1 })
  localStorage.setItem(localStorage.key(0)!, '{"unsent":[')
  expect(kept.count()).toEqual({ unsent: 0, drafts: 0 })
  kept.add(unsent('two'))
  expect(kept.unsent().map((m) => m.id)).toEqual(['two'])
})

test('reports full storage and keeps what was stored', () => {
  const kept = new LocalStore('ana')
  kept.add(unsent('one'))
  const full = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError')
  })
  expect(() => kept.add(unsent('two'))).toThrow(
    expect.objectContaining({ message: expect.stringContaining('out of storage') }),
  )
  full.mockRestore()
  expect(kept.unsent().map((m) => m.id)).toEqual(['one'])
})

test('reports changes from other tabs', () => {
  const kept = new LocalStore('ana')
  const heard = vi.fn()
  const forget = kept.onChanged(heard)
  kept.add(unsent('one'))
  dispatchEvent(new StorageEvent('storage', { key: 'something else' }))
  expect(heard).not.toHaveBeenCalled()
  dispatchEvent(new StorageEvent('storage', { key: localStorage.key(0)! }))
  forget()
  dispatchEvent(new StorageEvent('storage', { key: localStorage.key(0)! }))
  expect(heard).toHaveBeenCalledOnce()
})

test('makes ids that are UUIDv7 in time order', () => {
  const ids = [1_700_000_000_000, 1_700_000_000_001, 1_800_000_000_000].map(newID)
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect([...ids].sort()).toEqual(ids)
  expect(newID(1)).not.toBe(newID(1))
})
