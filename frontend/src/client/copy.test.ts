import { describe, expect, test } from 'vitest'
import { Copy, indexOfVersion } from './copy'
import { page } from '../fake/changes'

const texts = (copy: Copy) =>
  copy.chat(copy.of('ana')!, 0, 50).messages.map((m) => `${m.author_name}: ${m.text}`)

describe('a copy', () => {
  test('adds changes in order', () => {
    const copy = new Copy()
    expect(copy.apply(page(0, [3, 4]))).toBe(true)
    expect(copy.apply(page(4, [5]))).toBe(true)
    expect(texts(copy)).toEqual(['Ana: text 3', 'Maya Hart: text 4', 'Ana: text 5'])
  })

  test("has a user's email beside the name where the portal says it, and never beside one's own", () => {
    const copy = new Copy()
    const users = [{ id: 'maya', name: 'Maya Hart', email: 'maya@firm.example' }]
    const details = () => copy.chat(copy.of('ana')!, 0, 50).messages.map((m) => m.author_detail)
    copy.apply(page(0, [3, 4], { users }))
    expect(details()).toEqual(['', 'maya@firm.example'])
    copy.apply(page(4, [6])) // her namesake has another name now
    expect(details()).toEqual(['', '', ''])
  })

  test('ignores changes it already has', () => {
    const copy = new Copy()
    copy.apply(page(0, [3, 4]))
    expect(copy.apply(page(0, [3, 4]))).toBe(true)
    expect(texts(copy)).toHaveLength(2)
  })

  test('refuses changes that leave a gap', () => {
    const copy = new Copy()
    copy.apply(page(0, [3]))
    expect(copy.apply(page(4, [5]))).toBe(false)
    expect(texts(copy)).toHaveLength(1)
  })

  test('returns part of a chat', () => {
    const copy = new Copy()
    copy.apply(
      page(
        0,
        [...Array(60).keys()].map((n) => n + 3),
      ),
    )
    const part = (from: number, to: number) => copy.chat(copy.of('ana')!, from, to)
    expect(part(10, 60)).toMatchObject({ more: true, newer: false })
    expect(part(10, 60).messages).toHaveLength(50)
    expect(part(-40, 10)).toMatchObject({ more: false, newer: true })
    expect(part(-40, 10).messages.map((m) => m.version)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect([4, 12, 99].map((version) => indexOfVersion(version, copy.of('ana')!))).toEqual([1, 9, 60])
  })

  test('knows which matters are behind their heads, and which have none', () => {
    const copy = new Copy()
    copy.apply(page(0, [3]))
    copy.apply({ ...page(0, [9]), matter: 'quay' })
    copy.apply({ ...page(0, [9]), matter: 'gone' })
    const heads = [
      { matter: 'elm', version: 5 },
      { matter: 'quay', version: 9 },
      { matter: 'new', version: 1 },
    ]
    expect(copy.behind(heads)).toEqual(['elm', 'new'])
    expect(copy.missing(heads)).toEqual(['gone'])
  })

  test('knows which message is the current status and who set it', () => {
    const copy = new Copy()
    const set = { participant: 'ana', set_by: 'maya', version: 4, text: 'x' }
    copy.apply(
      page(0, [3, 4, 6], {
        statuses: [
          { ...set, id: 's1', message: 'm4', set_at: 4, ended_at: 6 },
          { ...set, id: 's2', message: 'm6', set_at: 6, ended_at: 0 },
        ],
      }),
    )
    const chat = copy.chat(copy.of('ana')!, 0, 50)
    expect(chat.messages.map((m) => m.status)).toEqual(['', 'past', 'current'])
    expect(chat.statuses.map((s) => `${s.set_by_name} ${s.message}`)).toEqual([
      'Maya Hart m6',
      'Maya Hart m4',
    ])
  })
})
