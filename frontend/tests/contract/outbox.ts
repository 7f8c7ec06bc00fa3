import assert from 'node:assert/strict'
import type { Chat } from '../../src/model/backend'
import { failsWith, texts, until, type Check } from './world'

const current = (chat: Chat) => chat.statuses.find((status) => status.ended_at === 0)?.text

/** Messages and statuses that the user sends. */
export const outboxChecks: Check[] = [
  [
    'holds a message back for a moment, then sends it',
    async (world) => {
      const { backend } = world
      const { matter, participant } = await world.openMatter('Elm Street', 'Ana Okafor')
      const [waiting] = await backend.send(participant, [participant], ' Hello Ana ', false)
      assert.deepEqual([waiting.text, waiting.delivery, waiting.version], ['Hello Ana', 'waiting', 0])
      assert.ok(waiting.leaves_at! > waiting.written_at)
      assert.ok((await backend.outbox()).some((row) => row.id === waiting.id && row.kind === 'message'))
      const chat = await until(
        world,
        () => backend.chat(participant, 0),
        ({ messages }) => messages[0]?.delivery === 'sent',
      )
      const [sent] = chat.messages
      assert.equal(chat.messages.length, 1)
      assert.deepEqual([sent.id, sent.mine, sent.from_participant], [waiting.id, true, false])
      assert.ok(sent.version > 0 && sent.sent_at > 0)
      assert.equal((await backend.matters([matter]))[0].last_by, 'You')
      assert.ok((await backend.outbox()).every((row) => row.id !== sent.id))
      await assert.rejects(backend.removeUnsent(sent.id), failsWith('not_found'))
      await assert.rejects(backend.editUnsent(sent.id), failsWith('not_found'))
    },
  ],
  [
    'refuses an empty message',
    async (world) => {
      const { participant } = await world.openMatter('Elm Street', 'Ana Okafor')
      await assert.rejects(
        world.backend.send(participant, [participant], ' \n', false),
        failsWith('text_required', 'text'),
      )
    },
  ],
  [
    'sets the status with a message, and later with another one or none',
    async (world) => {
      const { backend } = world
      const { participant } = await world.openMatter('Elm Street', 'Ana Okafor')
      const read = () => backend.chat(participant, 0)
      const [ordered] = await backend.send(participant, [participant], 'Searches ordered', true)
      assert.equal((await read()).messages[0].status, 'asked')
      const [back] = await backend.send(participant, [participant], 'Searches are back', false)
      await until(world, read, ({ messages }) => messages.every((m) => m.delivery === 'sent'))
      let chat = await until(world, read, (chat) => current(chat) === 'Searches ordered')
      assert.deepEqual(
        chat.messages.map((m) => m.status),
        ['current', ''],
      )
      await backend.decide(participant, back.id)
      chat = await until(world, read, (chat) => current(chat) === 'Searches are back')
      assert.deepEqual(
        chat.messages.map((m) => m.status),
        ['past', 'current'],
      )
      assert.deepEqual(
        chat.statuses.map((status) => status.message),
        [back.id, ordered.id],
      )
      await backend.decide(participant, '')
      chat = await until(world, read, (chat) => current(chat) === undefined)
      assert.equal(chat.statuses.length, 2)
      await until(world, read, (chat) => chat.decisions?.length === 0)
    },
  ],
  [
    'asks which status stands when a colleague set another one first',
    async (world) => {
      const { backend } = world
      const { matter, participant: ana } = await world.openMatter('Elm Street', 'Ana Okafor')
      const ben = await backend.addParticipant(matter, { name: 'Ben Ito', role: 'Lender', other_side: false })
      await until(
        world,
        () => backend.matter(matter),
        ({ participants }) => participants.length === 2,
      )
      const sent = await backend.send(ana, [ana, ben], 'Mine', true)
      const read = (participant: string) => () => backend.chat(participant, 0)
      for (const participant of [ana, ben]) await world.colleagueSetsStatus(participant, 'Theirs')
      const asked = []
      for (const [i, participant] of [ana, ben].entries()) {
        const isAsked = (chat: Chat) =>
          chat.decisions?.[0]?.state === 'rejected' && current(chat) === 'Theirs'
        const chat = await until(world, read(participant), isAsked)
        const [{ id, kind, code, message, text }] = chat.decisions!
        assert.deepEqual([kind, code, message, text], ['status', 'superseded', sent[i].id, 'Mine'])
        assert.deepEqual(texts(chat), ['Theirs', 'Mine'])
        asked.push(id)
      }
      assert.equal((await backend.freshness()).undecided, 2)
      const isSettled = (text: string) => (chat: Chat) =>
        chat.decisions?.length === 0 && current(chat) === text
      await backend.keepTheirs(asked[0])
      await until(world, read(ana), isSettled('Theirs'))
      await backend.useMine(asked[1])
      await until(world, read(ben), isSettled('Mine'))
      assert.equal((await backend.freshness()).undecided, 0)
      await assert.rejects(backend.keepTheirs(asked[0]), failsWith('not_found'))
      await assert.rejects(backend.useMine(asked[1]), failsWith('not_found'))
    },
  ],
  [
    'does not make a message of a participant the status',
    async (world) => {
      const { backend } = world
      const { participant } = await world.openMatter('Elm Street', 'Ana Okafor')
      await world.participantSends(participant, 'Hello')
      const read = () => backend.chat(participant, 0)
      const { messages } = await until(world, read, ({ messages }) => messages.length === 1)
      await assert.rejects(backend.decide(participant, messages[0].id), failsWith('not_found'))
    },
  ],
]
