import assert from 'node:assert/strict'
import { failsWith, texts, until, type Check } from './world'

/** Checks that show another account in the window. They run one after the other. */
export const accountsContract: Check[] = [
  [
    'alerts in all accounts, and shows the chat of another one',
    async (world) => {
      const { backend } = world
      const maya = (await backend.session()).key
      const { key, matter, participant } = await world.secondAccount()
      const ours = await world.openMatter('Elm Street', 'Ana Okafor')
      await world.participantSends(participant, 'For Leah')
      await world.participantSends(ours.participant, 'For Maya')
      const both = [participant, ours.participant]
      const here = async () => (await backend.alerts()).filter((alert) => both.includes(alert.participant))
      const [first, second] = await until(world, here, (alerts) => alerts.length === 2)
      assert.deepEqual([first.text, first.account], ['For Maya', maya])
      assert.deepEqual([second.text, second.account], ['For Leah', key])
      assert.notEqual(first.firm, '')
      assert.notEqual(first.firm, second.firm)
      const accounts = await backend.knownAccounts()
      assert.ok(accounts.some((account) => account.key === key))

      await backend.markAlertRead(key, participant, second.version)
      await until(world, here, (alerts) => alerts.length === 1)

      await backend.switchToChat({ account: key, matter, participant })
      assert.equal((await backend.session()).key, key)
      assert.deepEqual(texts(await backend.chat(participant, 0)), ['For Leah'])
      assert.deepEqual(
        (await here()).map(({ account }) => account),
        [maya],
      )
      await backend.switchTo(maya)
      assert.equal((await backend.session()).key, maya)
      assert.deepEqual(texts(await backend.chat(ours.participant, 0)), ['For Maya'])
      await assert.rejects(backend.switchTo('nobody'), failsWith('not_found'))
      assert.equal((await backend.session()).key, maya)
    },
  ],
]
