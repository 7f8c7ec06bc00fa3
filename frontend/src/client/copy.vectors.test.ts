import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Changes, Heads } from './api'
import { Copy } from './copy'

// What a participant received from the portal, and the copy that this must result in. The replica's tests write and
// run the same files.
interface Vector {
  steps: { page?: Changes; heads?: Heads['matters']; refused?: string; epoch?: string; gone?: string }[]
  expected: Record<string, Changes>
}

const folder = join(import.meta.dirname, '../../../app/replica/testdata/vectors')
const files = readdirSync(folder).filter((file) => file.endsWith('.participant.json'))

test('there are vectors', () => expect(files).not.toHaveLength(0))

test.each(files)('%s', (file) => {
  const { steps, expected } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Vector
  let copy = new Copy()
  for (const { page, heads, refused, gone } of steps) {
    if (page && refused) expect(() => copy.apply(page)).toThrow(expect.objectContaining({ code: refused }))
    else if (heads) expect(copy.continues(heads)).toBe(!refused)
    else if (page) expect(copy.apply(page)).toBe(true)
    else if (gone) copy.matters.delete(gone)
    else copy = new Copy() // the portal has a new epoch
  }
  expect([...copy.matters.keys()]).toEqual(Object.keys(expected))
  for (const page of Object.values(expected)) expect(copy.matters.get(page.matter)).toEqual(matterOf(page))
})

/** The part of a copy that the client pages keep. */
function matterOf({
  matter,
  version,
  mark,
  info,
  participants = [],
  messages = [],
  statuses = [],
  reads = [],
}: Changes) {
  const [me] = participants
  return {
    id: matter,
    version,
    mark,
    reference: info!.reference,
    title: info!.title,
    closed: (info!.closed_at ?? 0) !== 0,
    participant: me.id,
    name: me.name,
    messages,
    statuses: statuses.toReversed(),
    readUpto: reads.find((read) => read.reader === me.id)?.upto ?? 0,
  }
}
