import { beforeEach, expect, it } from 'vitest'
import { MatterRows } from './matterrows.svelte'

type Row = { id: string; matter: string; at: number }

/** The rows that the backend has, by matter. */
let there: Record<string, Row[]>
let asked: string[][]
let fails: boolean

class Rows extends MatterRows<Row> {
  protected async read(only: string[]) {
    asked.push(only)
    await Promise.resolve()
    if (fails) throw new Error('The disk is full.')
    return Object.keys(there)
      .filter((matter) => only.length === 0 || only.includes(matter))
      .flatMap((matter) => there[matter].map((row) => ({ ...row })))
  }
  protected key = (row: Row) => row.id
  protected matter = (row: Row) => row.matter
  protected order = (a: Row, b: Row) => a.at - b.at
}

let rows: Rows
const ids = () => rows.all?.map((row) => row.id)

beforeEach(async () => {
  there = {
    elm: [
      { id: 'ana', matter: 'elm', at: 1 },
      { id: 'ben', matter: 'elm', at: 3 },
    ],
    oak: [{ id: 'kim', matter: 'oak', at: 2 }],
  }
  ;[asked, fails] = [[], false]
  rows = new Rows()
  await rows.refresh()
})

it('reads everything first, in order', () => {
  expect(asked).toEqual([[]])
  expect(ids()).toEqual(['ana', 'kim', 'ben'])
})

it('reads changed matters again and moves their rows', async () => {
  const [, kim] = rows.all!
  there.elm = [
    { id: 'ana', matter: 'elm', at: 9 },
    { id: 'eve', matter: 'elm', at: 0 },
  ]
  there.oak = [] // without a hint
  await rows.refresh(['elm'])
  expect(asked.at(-1)).toEqual(['elm'])
  expect(ids()).toEqual(['eve', 'kim', 'ana'])
  expect(rows.all![1]).toBe(kim)
})

it('removes a matter that is gone and adds a new one', async () => {
  delete there.elm
  there.ash = [{ id: 'liv', matter: 'ash', at: 1 }]
  await rows.refresh(['elm', 'ash'])
  expect(ids()).toEqual(['liv', 'kim'])
})

it('reads everything if no matter is named', async () => {
  there.oak = []
  await rows.refresh([])
  expect(ids()).toEqual(['ana', 'ben'])
})

it('reads again at once for changes during a read', async () => {
  const first = rows.refresh(['elm'])
  void rows.refresh(['oak'])
  await rows.refresh(['ash'])
  await first
  expect(asked.slice(1)).toEqual([['elm'], ['oak', 'ash']])
})

it('reads everything after a failure', async () => {
  fails = true
  await rows.refresh(['elm'])
  expect(rows.failure?.message).toBeTruthy()
  expect(ids()).toHaveLength(3)
  fails = false
  there.elm = []
  await rows.refresh(['oak'])
  expect(asked.at(-1)).toEqual([])
  expect(rows.failure).toBeUndefined()
  expect(ids()).toEqual(['kim'])
})
