import assert from 'node:assert/strict'
import type { Hit } from '../../src/model/backend'
import { texts, until, type Check } from './world'

/** Checks that undo a message, for which there are only some seconds. They run one after the other. */
export const undoContract: Check[] = [
  [
    'undoes a message that waits, or moves its text back into the draft',
    async (world) => {
      const { backend } = world
      const { participant } = await world.openMatter('Elm Street', 'Ana Okafor')
      const [first] = await backend.send(participant, [participant], 'First', false)
      const [second] = await backend.send(participant, [participant], 'Second', true)
      assert.deepEqual(texts(await backend.chat(participant, 0)), ['First', 'Second'])
      await backend.removeUnsent(first.id)
      await backend.saveDraft(participant, { text: 'typed since', set_status: false })
      const draft = await backend.editUnsent(second.id)
      assert.deepEqual(draft, { text: 'Second\ntyped since', set_status: true })
      const chat = await backend.chat(participant, 0)
      assert.deepEqual(chat.messages, [])
      assert.deepEqual(chat.draft, draft)
    },
  ],
  [
    'keeps a draft until it is sent',
    async (world) => {
      const { backend } = world
      const { participant } = await world.openMatter('Elm Street', 'Ana Okafor')
      await backend.saveDraft(participant, { text: 'Dear Ana', set_status: true })
      assert.deepEqual((await backend.chat(participant, 0)).draft, { text: 'Dear Ana', set_status: true })
      const [message] = await backend.send(participant, [participant], 'Dear Ana', false)
      assert.deepEqual((await backend.chat(participant, 0)).draft, { text: '', set_status: false })
      await backend.removeUnsent(message.id)
    },
  ],
  [
    'finds matters, people and messages, unsent ones included',
    async (world) => {
      const { backend } = world
      const { matter, participant } = await world.openMatter('Quince Court', 'Zoë Adeyemi')
      await world.participantSends(participant, 'The LEMON tree stays')
      await until(
        world,
        () => backend.chat(participant, 0),
        ({ messages }) => messages.length === 1,
      )
      const [unsent] = await backend.send(participant, [participant], 'A lemon tree, noted', false)
      const hits = async (text: string) => (await backend.search(text)).hits
      const place = (hit: Hit) => [hit.kind, hit.matter, hit.participant]
      assert.deepEqual((await hits('quince')).map(place), [['matter', matter, '']])
      assert.deepEqual((await hits('zoe')).map(place), [['person', matter, participant]])
      const found = await hits('lemon')
      assert.deepEqual(found.map(place), [
        ['message', matter, participant],
        ['message', matter, participant],
      ])
      const [newest, oldest] = found
      assert.deepEqual([newest.message, newest.version, newest.by], [unsent.id, 0, 'You'])
      assert.deepEqual([oldest.by, oldest.snippet], ['Zoë', 'The \u0002LEMON\u0003 tree stays'])
      assert.deepEqual(await hits('nothing has these words'), [])
      await backend.removeUnsent(unsent.id)
    },
  ],
  [
    'lists the chats that wait for a reply',
    async (world) => {
      const { backend } = world
      const { matter, participant } = await world.openMatter('Elm Street', 'Ana Okafor')
      await world.participantSends(participant, 'When?', 'Hello?')
      const rows = () => backend.unanswered([matter])
      const [row] = await until(world, rows, (rows) => rows.length === 1 && rows[0].text === 'Hello?')
      assert.deepEqual([row.participant, row.title, row.mine], [participant, 'Elm Street', true])
      const [reply] = await backend.send(participant, [participant], 'Soon', false)
      assert.deepEqual(await rows(), [])
      await backend.removeUnsent(reply.id)
      assert.equal((await rows()).length, 1)
    },
  ],
]
