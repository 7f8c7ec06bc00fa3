import assert from 'node:assert/strict'
import type { Chat, Hit, WindowBackend } from '../src/model/backend'
import { failureOf } from '../src/model/failure'

/** A backend with its own firm, signed in as Maya, and the actions of other people. */
export interface World {
  backend: WindowBackend
  /** Maya's. */
  password: string
  /** Opens a matter of Maya's with one participant. */
  openMatter(title: string, name: string): Promise<{ matter: string; participant: string }>
  /** The participant joins and sends their first messages. Resolves when the portal has them. */
  participantSends(participant: string, ...texts: string[]): Promise<void>
  /** Leah signs in on this computer, too, and has a chat of her own. The window then shows Maya's account. */
  secondAccount(): Promise<{ key: string; matter: string; participant: string }>
  /** A colleague sends a message as the status. Resolves when the portal has it. */
  colleagueSetsStatus(participant: string, text: string): Promise<void>
}

/**
 * Reads a value at each hint that something changed, until it is as wanted. It relies on the contract: a hint follows
 * every change.
 */
export async function until<T>(
  { backend }: World,
  read: () => Promise<T>,
  wanted: (value: T) => boolean,
): Promise<T> {
  let hinted = () => {}
  const hint = () => hinted()
  const stops = [backend.onChanged(hint), backend.onFreshness(hint), backend.onAlerts(hint)]
  try {
    for (;;) {
      const hint = new Promise<void>((resolve) => (hinted = resolve))
      const value = await read()
      if (wanted(value)) return value
      await hint
    }
  } finally {
    for (const stop of stops) stop()
  }
}

const texts = (chat: Chat) => chat.messages.map((m) => m.text)
const current = (chat: Chat) => chat.statuses.find((status) => status.ended_at === 0)?.text
const failsWith =
  (code: string, field = '') =>
  (thrown: unknown) => {
    const failure = failureOf(thrown)
    assert.deepEqual([failure.code, failure.field], [code, field])
    return true
  }

type Check = [behaviour: string, (world: World) => Promise<void>]

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

/**
 * What the window's models rely on. The same behaviours run on the fake backend (src/fake/contract.test.ts) and on
 * the real one (window-contract.spec.ts), so that the fake can't drift. There they all run at once, each in a matter
 * of its own.
 */
export const contract: Check[] = [
  [
    'says who is signed in',
    async ({ backend }) => {
      const session = await backend.session()
      assert.equal(session.state, 'in')
      assert.equal(session.name, 'Maya Hart')
      assert.notEqual(session.user, '')
      assert.notEqual(session.key, '')
    },
  ],
  [
    'says how fresh the copy is',
    async (world) => {
      const { backend } = world
      const fresh = await until(world, backend.freshness, ({ state }) => state === 'current')
      assert.deepEqual([fresh.problem, fresh.next, fresh.warning, fresh.mended], ['', '', '', ''])
    },
  ],
  [
    'knows how the user signs in, and on which devices',
    async ({ backend }) => {
      const { email, must_change } = await backend.session()
      assert.deepEqual([email, must_change], ['maya@firm.example', false])
      const [here, ...others] = await backend.devices()
      assert.deepEqual([here.current, here.kind, others.length], [true, 'desktop', 0])
      assert.ok(here.used_at > 0 && here.device.startsWith('Desktop'))
      await assert.rejects(backend.signOutDevice('nowhere'), failsWith('not_found'))
    },
  ],
  [
    'changes the email and the password only with the right password',
    async ({ backend }) => {
      const wrong = 'not the right password'
      await assert.rejects(
        backend.changeEmail(wrong, 'maya@other.example'),
        failsWith('wrong_password', 'password'),
      )
      await assert.rejects(
        backend.changePassword(wrong, 'another four words'),
        failsWith('wrong_password', 'old'),
      )
      await assert.rejects(backend.rename(' '), failsWith('required', 'name'))
    },
  ],
  [
    'sets up two-step verification only with the right password and code',
    async ({ backend }) => {
      const wrong = 'not the right password'
      await assert.rejects(backend.startTwoStep(wrong, ''), failsWith('wrong_password', 'password'))
      await assert.rejects(backend.endTwoStep(wrong, '123456'), failsWith('wrong_password', 'password'))
      await assert.rejects(backend.newRecoveryCodes(wrong, '123456'), failsWith('wrong_password', 'password'))
      await backend.savedRecoveryCodes() // there are none
      await assert.rejects(backend.confirmTwoStep('123456'), failsWith('wrong_code', 'code'))
      assert.deepEqual((await backend.session()).two_step, false)
    },
  ],
  [
    'knows only the passkeys that were added',
    async ({ backend }) => {
      assert.deepEqual(await backend.passkeys(), [])
      await assert.rejects(backend.renamePasskey('none', 'My phone'), failsWith('not_found'))
      await assert.rejects(backend.removePasskey('none'), failsWith('not_found'))
    },
  ],
  [
    'confirms who the user is only with the right password',
    async ({ backend, password }) => {
      await assert.rejects(
        backend.confirm('not the right password', ''),
        failsWith('wrong_password', 'password'),
      )
      await backend.confirm(password, '')
    },
  ],
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
