import assert from 'node:assert/strict'
import type { Chat } from '../../src/model/backend'
import { until, type Check } from './world'

/** Run after the others: closing a matter also sends what could still be undone in all matters. */
export const closingContract: Check[] = [
  [
    'edits and closes a matter with its participant',
    async (world) => {
      const { backend } = world
      const { matter, participant } = await world.openMatter('Elm Street', 'Ana Okafor')
      const read = () => backend.matter(matter)
      await backend.editMatter(matter, { reference: `changed ${matter}`, title: 'Elm Avenue', type: 'Lease' })
      await until(world, read, (value) => value.title === 'Elm Avenue' && value.type === 'Lease')
      await backend.editParticipant(participant, { name: 'Ana Reyes', role: 'Lender', other_side: true })
      await until(world, read, ({ participants: [p] }) => p.name === 'Ana Reyes' && p.other_side)
      await backend.removeParticipant(participant)
      await until(world, read, ({ participants: [p] }) => p.removed)
      await backend.closeMatter(matter, true)
      await until(world, read, (value) => value.closed_at > 0)
    },
  ],
  [
    'keeps a rejected message and says why',
    async (world) => {
      const { backend } = world
      const { matter, participant } = await world.openMatter('Elm Street', 'Ana Okafor')
      await backend.closeMatter(matter, true)
      const [message] = await backend.send(participant, [participant], 'One more thing', false)
      const isRejected = ({ messages: [m] }: Chat) => m.delivery === 'rejected'
      const { messages } = await until(world, () => backend.chat(participant, 0), isRejected)
      const [{ id, version, reason }] = messages
      assert.deepEqual([id, version, reason], [message.id, 0, 'This matter is closed.'])
      const row = (await backend.outbox()).find((row) => row.id === id)
      assert.deepEqual([row?.state, row?.reason], ['rejected', reason])
      assert.equal((await backend.freshness()).refused, 1)
      assert.equal((await backend.editUnsent(id)).text, 'One more thing')
      assert.equal((await backend.freshness()).refused, 0)
    },
  ],
]
