import assert from 'node:assert/strict'
import { failsWith, until, type Check } from './world'

/** Alerts, reminders, who covers for the user, and hints. */
export const alertChecks: Check[] = [
  [
    'alerts until the chat is read',
    async (world) => {
      const { backend } = world
      const { matter, participant } = await world.openMatter('Elm Street', 'Ana Okafor')
      await world.participantSends(participant, 'One', 'Two')
      const alertsHere = async () =>
        (await backend.alerts()).filter((alert) => alert.participant === participant)
      const [alert] = await until(world, alertsHere, ([alert]) => alert?.count === 2)
      assert.deepEqual([alert.matter, alert.name, alert.text], [matter, 'Ana Okafor', 'Two'])
      assert.equal((await backend.matters([matter]))[0].unread, 2)
      await backend.markRead(participant, alert.version)
      assert.deepEqual(await until(world, alertsHere, (alerts) => alerts.length === 0), [])
      assert.equal((await backend.matters([matter]))[0].unread, 0)
      await backend.markRead(participant, 1)
      assert.equal((await backend.chat(participant, 0)).read_upto, alert.version)
    },
  ],
  [
    'takes an alert away until its reminder is due, and then shows it until the chat is read',
    async (world) => {
      const { backend } = world
      const { participant } = await world.openMatter('Elm Street', 'Ana Okafor')
      await world.participantSends(participant, 'One', 'Two')
      const alertsHere = async () =>
        (await backend.alerts()).filter((alert) => alert.participant === participant)
      const [{ version }] = await until(world, alertsHere, ([alert]) => alert?.count === 2)
      const { messages } = await backend.chat(participant, 0)
      const later = Date.now() + 3_600_000
      await backend.setReminder(participant, later, messages[0].version) // the second one is new
      assert.equal((await backend.chat(participant, 0)).reminder_at, later)
      assert.deepEqual(
        (await alertsHere()).map((alert) => alert.reminder),
        [0],
      )
      await backend.setReminder(participant, later, version)
      await until(world, alertsHere, (alerts) => alerts.length === 0)

      await backend.markRead(participant, version)
      const due = Date.now() - 1
      await backend.setReminder(participant, due, version)
      const [alert] = await until(world, alertsHere, (alerts) => alerts.length === 1)
      assert.deepEqual([alert.reminder, alert.count, alert.text], [due, 0, 'Two'])
      await backend.markRead(participant, alert.version)
      await until(world, alertsHere, (alerts) => alerts.length === 0)
      assert.equal((await backend.chat(participant, 0)).reminder_at, 0)
    },
  ],
  [
    'sets, replaces and ends who covers for the user',
    async ({ backend }) => {
      const me = (await backend.session()).user
      const other = (await backend.users()).find(({ id, active }) => id !== me && active)!
      // Tomorrow: other checks of this user wait for alerts meanwhile.
      const [from, until] = [Date.now() + 24 * 3_600_000, Date.now() + 25 * 3_600_000]
      const own = async () => (await backend.covers()).filter(({ account }) => account === me)
      await backend.setCover(me, other.id, from, until, true)
      const [cover] = await own()
      assert.deepEqual([cover.by, cover.by_name, cover.from, cover.until, cover.alone], [other.id, other.name, from, until, true]) // prettier-ignore
      await assert.rejects(
        backend.setCover(me, other.id, until, from, false),
        failsWith('malformed', 'until'),
      )
      await assert.rejects(backend.setCover(me, me, from, until, false), failsWith('malformed', 'by'))
      assert.deepEqual(await own(), [cover])
      assert.deepEqual((await backend.readCovers()).filter(({ account }) => account === me).length, 1)
      await backend.setCover(me, other.id, from, until, false)
      assert.equal((await own())[0].alone, false)
      await backend.endCover(me)
      assert.deepEqual(await own(), [])
    },
  ],
  [
    'hints at the matter in which something changed, and at the alerts',
    async (world) => {
      const { backend } = world
      const { matter, participant } = await world.openMatter('Elm Street', 'Ana Okafor')
      const stops: (() => void)[] = []
      const changed = new Promise<void>((done) => {
        stops.push(backend.onChanged((matters) => matters.includes(matter) && done()))
      })
      const alerted = new Promise<void>((done) => stops.push(backend.onAlerts(done)))
      await world.participantSends(participant, 'Hello')
      await Promise.all([changed, alerted])
      for (const stop of stops) stop()
    },
  ],
]
