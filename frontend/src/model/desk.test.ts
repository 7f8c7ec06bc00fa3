import { beforeEach, describe, expect, it, vi } from 'vitest'
import { dateLanguage } from '../shared/language.svelte'
import type { ChatAddress } from './backend'
import { Desk } from './desk.svelte'
import { FakeBackend } from '../fake/window'

dateLanguage.tag = 'en-GB'

let backend: FakeBackend
let desk: Desk
/** The chats of other accounts that the desk asked for. */
let left: ChatAddress[]

beforeEach(() => {
  backend = new FakeBackend()
  for (const [id, title] of [
    ['okafor', 'Okafor: purchase of 14 Elm Street'],
    ['brandt', 'Brandt v Harrow'],
  ]) {
    backend.addMatter({
      ...{ id, reference: id, title, type: 'Law', opened_at: 1 },
      ...{ assigned: 'maya', assigned_name: 'Maya Hart', mine: true },
    })
  }
  backend.addPerson('okafor', { id: 'ana', name: 'Ana Okafor' })
  backend.addPerson('okafor', { id: 'ben', name: 'Ben Okafor' })
  backend.addPerson('brandt', { id: 'jonas', name: 'Jonas Brandt' })
  desk = new Desk(backend, 'maya', (at) => left.push(at))
  left = []
})

/** Waits until the calls so far are answered. */
const settled = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

describe('opening', () => {
  it('opens a matter at its first unread chat', async () => {
    backend.receive('ben', 'Hello')
    await desk.openMatter('okafor')
    expect(desk.chat?.participant).toBe('ben')
  })

  it('opens a matter at its first chat if nothing is unread', async () => {
    await desk.openMatter('okafor')
    expect(desk.chat?.participant).toBe('ana')
  })

  it('ignores a late answer for a matter that the user has left', async () => {
    const release = backend.block('matter')
    const first = desk.openMatter('okafor')
    const second = desk.openMatter('brandt')
    release()
    await Promise.all([first, second])
    expect([desk.matter?.id, desk.chat?.participant]).toEqual(['brandt', 'jonas'])
  })

  it('ignores a late answer for a chat that the user has left', async () => {
    backend.receive('ana', 'For Maya')
    await desk.openMatter('brandt')
    const release = backend.block('chat')
    const ana = desk.openChat({ matter: 'okafor', participant: 'ana' })
    const jonas = desk.openChat({ matter: 'brandt', participant: 'jonas' })
    release()
    await Promise.all([ana, jonas])
    expect(desk.chat?.participant).toBe('jonas')
    expect(desk.chat?.info?.name).toBe('Jonas Brandt')
    expect(desk.chat?.messages).toEqual([])
  })

  it('keeps the chat that the user chose while the matter was being read', async () => {
    const release = backend.block('matter')
    const matter = desk.openMatter('okafor')
    const chat = desk.openChat({ matter: 'okafor', participant: 'ben' })
    release()
    await Promise.all([matter, chat])
    expect(desk.chat?.participant).toBe('ben')
  })

  it("opens a notification's chat in its matter, at the chat tab", async () => {
    await desk.openMatter('okafor')
    desk.tab = 'status'
    backend.clickToast({ matter: 'brandt', participant: 'jonas' })
    await settled()
    expect([desk.matter?.id, desk.chat?.participant, desk.tab]).toEqual(['brandt', 'jonas', 'chat'])
    expect(desk.matter?.value?.title).toBe('Brandt v Harrow')
  })

  it('opens the matter, and the message, of a link', async () => {
    const said = backend.receive('ben', 'The lemon tree')
    backend.clickToast({ matter: 'okafor', participant: 'ben', message: said.id, version: said.version })
    await settled()
    expect([desk.chat?.participant, desk.chat?.scrollTarget?.message]).toEqual(['ben', said.id])
    backend.clickToast({ matter: 'brandt', participant: '' })
    await settled()
    expect(desk.matter?.id).toBe('brandt')
  })

  it('copies links', async () => {
    await desk.copyLink('okafor')
    await desk.copyLink('okafor', 'ben', '1')
    expect(backend.calls.filter((call) => call.startsWith('copy'))).toEqual([
      'copy link/okafor',
      'copy link/okafor/ben/1',
    ])
  })

  it('opens a hit at its message', async () => {
    const said = backend.receive('ben', 'The lemon tree')
    desk.search.type('lemon')
    await settled()
    await desk.openHit(desk.search.hits[0])
    expect([desk.chat?.participant, desk.chat?.scrollTarget?.message]).toEqual(['ben', said.id])
  })
})

describe('a change elsewhere', () => {
  it('appears in the open chat and in the lists', async () => {
    await desk.openMatter('okafor')
    backend.receive('ana', 'News')
    backend.changed('okafor')
    await settled()
    expect(desk.chat?.messages.map((m) => m.text)).toEqual(['News'])
    expect(desk.matters.rows?.find((row) => row.id === 'okafor')?.unread).toBe(1)
    expect(desk.matter?.value?.participants[0].unread).toBe(1)
    expect(desk.alerts.count).toBe(1)
  })

  it('never changes which chat is open', async () => {
    await desk.openMatter('okafor')
    const open = desk.chat
    backend.receive('jonas', 'Urgent')
    backend.changed('brandt')
    backend.files.delete('okafor')
    backend.changed('okafor')
    await settled()
    expect(desk.chat).toBe(open)
    expect(desk.matter?.failure?.code).toBe('not_found')
  })

  it('causes one more read after a burst, not one for each change', async () => {
    await settled()
    const before = backend.calls.filter((call) => call.startsWith('matters')).length
    for (let i = 0; i < 100; i++) backend.changed('okafor')
    await settled()
    expect(backend.calls.filter((call) => call.startsWith('matters'))).toHaveLength(before + 2)
  })

  it('refreshes the open chat first, and the lists even while the chat is busy', async () => {
    await desk.openMatter('okafor')
    await settled()
    const asked = backend.calls.length
    const release = backend.block('chat')
    backend.changed('okafor')
    await settled()
    expect(backend.calls.slice(asked)).toEqual(['matter okafor', 'chat ana 0', 'alerts'])
    backend.changed('okafor')
    release()
    backend.block('chat')
    await settled()
    expect(backend.calls.slice(asked)).toContain('matters okafor')
  })

  it('causes no more reads once the window is closed', async () => {
    await settled()
    desk.close()
    const before = backend.calls.length
    backend.changed('okafor')
    backend.tellFreshness({ state: 'offline' })
    await settled()
    expect(backend.calls).toHaveLength(before)
    expect(desk.freshness.value.state).toBe('current')
  })
})

describe('drafts', () => {
  it('are saved when the user opens another chat, and reappear at once', async () => {
    await desk.openMatter('okafor')
    desk.chat!.write('Half a sentence', true)
    await desk.openMatter('brandt')
    await settled()
    expect(backend.chats.get('ana')!.draft).toEqual({ text: 'Half a sentence', set_status: true })
    const opening = desk.openChat({ matter: 'okafor', participant: 'ana' })
    expect(desk.chat!.draft.text).toBe('Half a sentence')
    await opening
  })

  it('survive a change of chat even if saving fails', async () => {
    await desk.openMatter('okafor')
    backend.fails.set('saveDraft', { code: 'internal', message: 'The disk is full.' })
    desk.chat!.write('Precious', false)
    await desk.openMatter('brandt')
    await desk.openChat({ matter: 'okafor', participant: 'ana' })
    expect(desk.chat!.draft.text).toBe('Precious')
  })
})

describe('a click on a notification', () => {
  const jonas = { matter: 'brandt', participant: 'jonas' }

  it('opens its chat', async () => {
    backend.clickToast(jonas)
    await settled()
    expect(desk.chat?.participant).toBe('jonas')
  })

  it('leaves for its account if that is another, unless a form has unsaved text', async () => {
    const elsewhere = { account: 'leah', ...jonas }
    let go = () => {}
    const release = desk.guardLeaving((then) => (go = then))
    backend.clickToast(elsewhere)
    await settled()
    expect(left).toEqual([])
    go()
    expect(left).toEqual([elsewhere])
    release()
    backend.clickToast({ account: 'maya', ...jonas })
    await settled()
    expect(left).toHaveLength(1)
    expect(desk.chat?.participant).toBe('jonas')
  })

  it('opens its chat when the window opens later', async () => {
    desk.close()
    backend.clickToast(jonas)
    desk = new Desk(backend, 'maya')
    await settled()
    expect(desk.chat?.participant).toBe('jonas')
  })

  it('ends a reminder that is due, and reads nothing', async () => {
    const { version } = backend.receive('jonas', 'Hello')
    await backend.markRead('jonas', version)
    await backend.setReminder('jonas', Date.now() - 1, version)
    await desk.openMatter('okafor')
    expect(desk.alerts.value.map((alert) => alert.participant)).toContain('jonas')
    backend.clickToast(jonas)
    await settled()
    expect(desk.alerts.value.map((alert) => alert.participant)).not.toContain('jonas')
    expect(desk.chat?.info?.reminder_at).toBe(0)
  })

  it('opens its chat once', async () => {
    backend.clickToast(jonas)
    await settled()
    await desk.openMatter('okafor')
    backend.hintOpenChat() // a hint that was late
    await settled()
    expect(desk.chat?.participant).toBe('ana')
  })

  it('waits while a form has unsaved text', async () => {
    let go = () => {}
    const release = desk.guardLeaving((then) => (go = then))
    backend.clickToast(jonas)
    await settled()
    expect(desk.chat).toBeUndefined()
    go()
    await settled()
    expect(desk.chat?.participant).toBe('jonas')
    release()
    backend.clickToast({ matter: 'okafor', participant: 'ana' })
    await settled()
    expect(desk.chat?.participant).toBe('ana')
  })
})

describe('the list of matters', () => {
  it("shows the last chosen filter's matters, whichever answer arrives first", async () => {
    await settled()
    const release = backend.block('matters')
    desk.matters.choose('all')
    desk.matters.choose('unread')
    release()
    await settled()
    expect(desk.matters.rows).toEqual([])
  })

  it('shows why reading failed, and recovers', async () => {
    await settled()
    backend.fails.set('matters', { code: 'internal', message: 'The disk is full.' })
    await desk.matters.refresh()
    expect(desk.matters.failure?.message).toBe('The disk is full.')
    await desk.matters.refresh()
    expect(desk.matters.failure).toBeUndefined()
    expect(desk.matters.rows).toHaveLength(2)
  })
})

describe('search', () => {
  it('shows the hits for the last words, whichever answer arrives first', async () => {
    const release = backend.block('search')
    desk.search.type('Jon')
    desk.search.type('Okafor: purchase')
    release()
    await settled()
    expect(desk.search.hits?.map((hit) => hit.title)).toEqual(['Okafor: purchase of 14 Elm Street'])
    desk.search.type('')
    await settled()
    expect(desk.search.found).toBeUndefined()
  })

  it('settles when the hits are for the typed text', async () => {
    await desk.search.type('Jon')
    const release = backend.block('search')
    void desk.search.type('Okafor: purchase')
    let done = false
    void desk.search.settled.then(() => (done = true))
    await settled()
    expect(done).toBe(false)
    release()
    await desk.search.settled
    expect(desk.search.hits.map((hit) => hit.title)).toEqual(['Okafor: purchase of 14 Elm Street'])
  })

  it('refreshes the hits when something changes while they are on screen', async () => {
    const searches = () => backend.calls.filter((call) => call.startsWith('search'))
    desk.search.show()
    await desk.search.type('lemon')
    expect(desk.search.hits).toEqual([])
    backend.receive('ben', 'The lemon tree')
    for (let i = 0; i < 10; i++) backend.changed('okafor')
    await settled()
    expect(desk.search.hits.map((hit) => hit.kind)).toEqual(['message'])
    expect(searches()).toHaveLength(3) // many changes while one search runs need one more search

    desk.search.open = false
    backend.changed('okafor')
    await settled()
    expect(searches()).toHaveLength(3)
    desk.search.show()
    await settled()
    expect(searches()).toHaveLength(4)
  })

  it('stays settled while it refreshes, so that Enter opens the hit on screen', async () => {
    desk.search.show()
    await desk.search.type('Jon')
    const release = backend.block('search')
    backend.changed('brandt')
    await desk.search.settled
    expect(desk.search.hits.map((hit) => hit.title)).toEqual(['Jonas Brandt'])
    release()
    await settled()
  })

  it('finds an unsent message, and opens its chat at the end', async () => {
    for (let i = 1; i <= 400; i++) backend.receive('ana', `Message ${i}`)
    backend.online = false
    await backend.send('ana', ['ana'], 'The lemon tree', false)
    backend.chats.get('ana')!.readUpto = 20 // the chat opens far from its end
    await desk.search.type('lemon')
    expect(desk.search.hits[0]).toMatchObject({ version: 0, delivery: 'waiting' })
    await desk.openHit(desk.search.hits[0])
    expect(desk.chat?.messages.at(-1)?.text).toBe('The lemon tree')
    expect(desk.chat?.scrollTarget).toEqual({ message: desk.search.hits[0].message, highlight: true })
  })

  it('offers the filters that complete a word, and completes it', async () => {
    const offers = () => desk.search.offered.map((filter) => filter.name)
    expect(offers()).toEqual(['from:', 'matter:', 'before:', 'after:'])
    desk.search.type('deposit ')
    expect(offers()).toEqual([])
    desk.search.type('deposit be')
    expect(offers()).toEqual(['before:'])
    desk.search.complete('before:')
    expect([desk.search.text, offers()]).toEqual(['deposit before:', []])
    await settled()
  })
})

describe('freshness', () => {
  const now = new Date('2026-11-23T11:00:00Z').getTime()
  it.each([
    [{ state: 'current' }, 'Up to date'],
    [{ state: 'catching_up', done: 3, total: 12 }, 'Syncing, 3 of 12'],
    [
      { state: 'offline', as_of: now - 79 * 60_000, waiting: 2 },
      'Offline, last synced 09:41, 2 waiting to send',
    ],
    [{ state: 'offline' }, 'Offline'],
    [{ state: 'signed_out' }, 'Signed out'],
  ] as const)('%o reads %s', async (told, reads) => {
    backend.tellFreshness(told)
    await desk.freshness.refresh()
    expect(desk.freshness.text(now)).toBe(reads)
  })
})

it('undoes a message even before its chat shows it', async () => {
  backend.undoFor = 5000
  await desk.openMatter('okafor')
  desk.chat!.write('The meeting is on Monday.', false)
  const release = backend.block('chat')
  const sending = desk.send()
  await vi.waitFor(() => expect(desk.chat!.draft.text).toBe(''))
  const undoing = desk.undo()
  release()
  await Promise.all([sending, undoing])
  expect(desk.chat!.draft.text).toBe('The meeting is on Monday.')
})
