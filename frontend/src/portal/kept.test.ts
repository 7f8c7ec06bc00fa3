import { beforeEach, expect, test } from 'vitest'
import { Kept, newID } from './kept'

beforeEach(() => localStorage.clear())

const unsent = (id: string) => ({ id, participant: 'ana', text: id, written_at: 1, reason: '' })

test('what is kept is there for the next visit, and for nobody else', () => {
  const kept = new Kept('ana')
  kept.add(unsent('one'))
  kept.add(unsent('two'))
  kept.reject('one', 'Too long.')
  kept.saveDraft('ana', { text: 'half a thought', set_status: false })
  const later = new Kept('ana')
  expect(later.unsent().map((m) => m.id + m.reason)).toEqual(['oneToo long.', 'two'])
  expect(later.draft('ana')).toBe('half a thought')
  expect(new Kept('ben').unsent()).toEqual([])
  expect(later.remove('one')?.text).toBe('one')
  expect(later.remove('one')).toBeUndefined()
  expect(kept.unsent().map((m) => m.id)).toEqual(['two'])
  kept.clear()
  expect(later.unsent()).toEqual([])
  expect(later.draft('ana')).toBe('')
})

test('ids are UUIDs of version 7, in the order of time', () => {
  const ids = [1_700_000_000_000, 1_700_000_000_001, 1_800_000_000_000].map(newID)
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect([...ids].sort()).toEqual(ids)
  expect(newID(1)).not.toBe(newID(1))
})
