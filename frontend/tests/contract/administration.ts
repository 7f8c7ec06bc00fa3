import assert from 'node:assert/strict'
import { failsWith, until, type Check } from './world'

/** What an admin does for colleagues and participants, and the details that a new matter needs. */
export const administrationChecks: Check[] = [
  [
    'makes a link for the new password of a participant, and says so in the matter',
    async (world) => {
      const { backend } = world
      const { user } = await backend.session()
      const { matter, participant } = await world.openMatter('Elm Street', 'Ana Okafor')
      await world.participantSends(participant, 'Hello')
      const read = () => backend.matter(matter)
      const { account } = (await until(world, read, ({ participants: [p] }) => p.joined)).participants[0]
      await backend.confirm(world.password, '')
      const first = await backend.resetPassword(account!)
      const second = await backend.resetPassword(account!)
      assert.match(first.link, /\/reset#.+/)
      assert.notEqual(first.link, second.link)
      assert.ok(second.expires_at > Date.now())
      const { participants } = await until(world, read, ({ participants: [p] }) => p.reset_at! > 0)
      assert.equal(participants[0].reset_by, user)
      await assert.rejects(backend.resetPassword('nobody'), failsWith('not_found'))
    },
  ],
  [
    "signs out a participant's device",
    async (world) => {
      const { backend } = world
      const { matter, participant } = await world.openMatter('Elm Street', 'Ana Okafor')
      await world.participantSends(participant, 'Hello')
      const read = () => backend.matter(matter)
      const { account } = (await until(world, read, ({ participants: [p] }) => p.joined)).participants[0]
      const [device, ...others] = await backend.devicesOf(account!)
      assert.deepEqual([device.current, others.length], [false, 0])
      await backend.signOutDeviceOf(account!, device.id, false)
      assert.deepEqual(await backend.devicesOf(account!), [])
      await assert.rejects(backend.signOutDeviceOf(account!, device.id, false), failsWith('not_found'))
    },
  ],
  [
    'adds a colleague with a link for choosing a password',
    async ({ backend, password }) => {
      await backend.confirm(password, '')
      const { id, link, expires_at } = await backend.addUser('omar@firm.example', 'Omar Aziz', false)
      assert.match(link, /\/reset#.+/)
      assert.ok(expires_at > Date.now())
      assert.ok((await backend.users()).some((user) => user.id === id && user.email === 'omar@firm.example'))
      assert.deepEqual(await backend.devicesOf(id), [])
    },
  ],
  [
    'refuses a matter without a reference, a title or a type',
    async ({ backend }) => {
      const { user } = await backend.session()
      for (const field of ['reference', 'title', 'type']) {
        const matter = { reference: 'incomplete', title: 'Elm Street', type: 'Lease', [field]: ' ' }
        await assert.rejects(backend.openMatter(matter, user, []), failsWith('required', field))
      }
    },
  ],
]
