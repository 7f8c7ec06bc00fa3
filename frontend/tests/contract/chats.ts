import assert from 'node:assert/strict'
import { failsWith, texts, until, type Check } from './world'

/** Matters and their chats, as the user reads them. */
export const chatChecks: Check[] = [
  [
    'lists matters, all or those that are named',
    async (world) => {
      const { backend } = world
      const elm = await world.openMatter('Elm Street', 'Ana Okafor')
      const oak = await world.openMatter('Oak Lane', 'Ben Ito')
      const all = await backend.matters([])
      assert.ok([elm, oak].every(({ matter }) => all.some((row) => row.id === matter)))
      const [row, ...others] = await backend.matters([elm.matter])
      assert.deepEqual(others, [])
      assert.equal(row.title, 'Elm Street')
      assert.deepEqual(
        [row.mine, row.unread, row.last_by, row.last_text, row.closed_at],
        [true, 0, '', '', 0],
      )
    },
  ],
  [
    'reads a matter with its participants',
    async (world) => {
      const { backend } = world
      const { matter, participant } = await world.openMatter('Elm Street', 'Ana Okafor')
      const value = await backend.matter(matter)
      assert.equal(value.title, 'Elm Street')
      assert.deepEqual([value.mine, value.closed_at, value.assigning], [true, 0, null])
      const [row] = value.participants
      assert.deepEqual([row.id, row.name, row.joined, row.removed], [participant, 'Ana Okafor', false, false])
      await world.participantSends(participant, 'Hello')
      const read = () => backend.matter(matter)
      await until(world, read, ({ participants: [{ joined, unread }] }) => joined && unread === 1)
      await assert.rejects(backend.matter('nowhere'), failsWith('not_found'))
    },
  ],
  [
    'pages through a chat',
    async (world) => {
      const { backend } = world
      const { participant } = await world.openMatter('Elm Street', 'Ana Okafor')
      const sent = [...Array(60).keys()].map((n) => `message ${n + 1}`)
      await world.participantSends(participant, ...sent)
      const newest = await until(
        world,
        () => backend.chat(participant, 0),
        (chat) => chat.messages.at(-1)?.text === 'message 60',
      )
      assert.deepEqual(texts(newest), sent.slice(10))
      assert.deepEqual([newest.more, newest.newer], [true, false])
      const older = await backend.chat(participant, newest.messages[0].version)
      assert.deepEqual(texts(older), sent.slice(0, 10))
      assert.deepEqual([older.more, older.newer], [false, true])
      const after = await backend.chatAfter(participant, older.messages[4].version)
      assert.deepEqual(texts(after), sent.slice(5, 55))
      assert.deepEqual([after.more, after.newer], [true, true])
      const around = await backend.chatAround(participant, older.messages[4].version)
      assert.ok(texts(around).includes('message 4') && texts(around).includes('message 6'))
      assert.deepEqual([around.more, around.newer], [false, true])
      await assert.rejects(backend.chat('nobody', 0), failsWith('not_found'))
    },
  ],
]
