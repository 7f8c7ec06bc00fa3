import { expect, it } from 'vitest'
import { reuseUnchanged } from './reuse'

it("keeps the objects of rows that didn't change", () => {
  const had = [
    { id: 'a', n: 1 },
    { id: 'b', n: 1 },
  ]
  const rows = reuseUnchanged(had, [{ id: 'b', n: 1 }, { id: 'a', n: 2 }, { id: 'c', n: 1 }], (row) => row.id) // prettier-ignore
  expect(rows).toEqual([{ id: 'b', n: 1 }, { id: 'a', n: 2 }, { id: 'c', n: 1 }]) // prettier-ignore
  expect(rows[0]).toBe(had[1])
  expect(rows[1]).not.toBe(had[0])
})
