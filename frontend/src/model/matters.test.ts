import { beforeEach, expect, it } from 'vitest'
import { FakeBackend } from '../fake/window'
import { Matters } from './matters.svelte'

let backend: FakeBackend
let matters: Matters

const titles = () => matters.rows?.map((row) => row.title)

beforeEach(async () => {
  backend = new FakeBackend()
  for (const [id, title, mine, closed_at] of [
    ['1', 'Okafor: purchase of 14 Elm Street', true, 0],
    ['2', 'Brandt v Harrow', true, 5],
    ['3', 'Núñez: lease', false, 0],
    ['4', 'Whitlock', true, 0],
  ] as const) {
    backend.addMatter({
      ...{ id, reference: `2026-000${id}`, title, type: 'Law', opened_at: 1, mine, closed_at },
      ...{ assigned: mine ? 'maya' : 'leah', assigned_name: '' },
    })
    backend.addPerson(id, { id: `p${id}`, name: 'Ana' })
  }
  backend.receive('p4', 'Hello', 3)
  backend.receive('p2', 'Hello', 9)
  await backend.markRead('p2', 2)
  matters = new Matters(backend)
  await matters.refresh()
})

it('counts the matters that pass each filter', () => {
  expect(matters.counts).toEqual({ mine: 3, all: 4, unread: 1 })
})

it('lists closed matters last, unless they have unread messages', async () => {
  expect(titles()).toEqual(['Whitlock', 'Okafor: purchase of 14 Elm Street', 'Brandt v Harrow'])
  backend.receive('p2', 'One thing more', 10)
  await matters.refresh()
  expect(titles()?.[0]).toBe('Brandt v Harrow')
})

it('keeps the opened matter in the unread list until another one is opened or the filter changes', async () => {
  matters.choose('unread')
  matters.opened('4')
  await backend.markRead('p4', 2)
  await matters.refresh()
  expect([titles(), matters.counts.unread]).toEqual([['Whitlock'], 0])
  matters.opened('1')
  expect(titles()).toEqual([])
  matters.opened('4')
  matters.choose('unread')
  expect(titles()).toEqual([])
})

it('filters by the names of participants too', async () => {
  backend.addPerson('1', { id: 'kia', name: 'Kia Lending' })
  matters.type('kia')
  await matters.refresh()
  expect(titles()).toEqual(['Okafor: purchase of 14 Elm Street'])
})

it('filters by every word of title, reference and type, without case and accents', () => {
  matters.words = 'ELM okaf'
  expect(titles()).toEqual(['Okafor: purchase of 14 Elm Street'])
  matters.words = '0004'
  expect(titles()).toEqual(['Whitlock'])
  matters.words = 'nunez'
  expect(titles()).toEqual([])
  matters.choose('all')
  expect(titles()).toEqual(['Núñez: lease'])
})

it('finds the next and the previous matter', () => {
  expect(['4', '1', '2', 'gone'].map((id) => matters.beside(id, 1))).toEqual(['1', '2', undefined, '4'])
  expect(matters.beside('1', -1)).toBe('4')
})
