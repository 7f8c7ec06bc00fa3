import { beforeEach, describe, expect, it } from 'vitest'
import { OpenChat } from './chat.svelte'
import { Draft } from './draft.svelte'
import { FakeBackend } from '../fake/window'

let backend: FakeBackend

beforeEach(() => {
  backend = new FakeBackend()
  backend.addMatter({
    ...{ id: 'okafor', reference: '2026-0147', title: 'Okafor', type: 'Conveyancing', opened_at: 1 },
    ...{ assigned: 'maya', assigned_name: 'Maya Hart', mine: true },
  })
  backend.addPerson('okafor', { id: 'ana', name: 'Ana Okafor' })
})

async function open(): Promise<OpenChat> {
  const chat = new OpenChat(backend, 'ana', new Draft(backend, 'ana'))
  await chat.refresh()
  return chat
}

const texts = (chat: OpenChat) => chat.messages.map((m) => m.text)
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => String(from + i))
const sayAll = (from: number, to: number) =>
  numbered(from, to).forEach((text) => backend.receive('ana', text))
const marks = () => backend.calls.filter((call) => call.startsWith('markRead'))

describe('pages', () => {
  it('starts with the newest page and reads older ones on request', async () => {
    sayAll(1, 120)
    const chat = await open()
    expect(texts(chat)).toEqual(numbered(71, 120))
    await chat.loadOlder()
    await chat.loadOlder()
    expect(texts(chat)).toEqual(numbered(1, 120))
    expect(chat.more).toBe(false)
  })

  it('reads a page once for several requests', async () => {
    sayAll(1, 120)
    const chat = await open()
    await Promise.all([chat.loadOlder(), chat.loadOlder(), chat.loadOlder()])
    expect(texts(chat)).toEqual(numbered(21, 120))
  })

  it('keeps older pages when new messages arrive', async () => {
    sayAll(1, 120)
    const chat = await open()
    await chat.loadOlder()
    sayAll(121, 121)
    await chat.refresh()
    expect(texts(chat)).toEqual(numbered(21, 121))
    expect(chat.more).toBe(true)
  })

  it('leaves no gap when more than a page arrives', async () => {
    sayAll(1, 60)
    const chat = await open()
    sayAll(61, 300)
    await chat.refresh()
    expect([texts(chat), chat.newer, chat.unseen, chat.uncounted]).toEqual([numbered(11, 60), true, 50, true])
    for (let i = 0; i < 5; i++) await chat.loadNewer()
    expect([texts(chat), chat.newer]).toEqual([numbered(11, 300), false])
  })

  it('opens where its reader stopped', async () => {
    sayAll(1, 300)
    backend.chats.get('ana')!.readUpto = 100
    const chat = await open()
    expect(chat.newFrom).toBe('m101')
    expect(texts(chat)).toEqual(numbered(75, 124))
    expect([chat.more, chat.newer]).toEqual([true, true])
  })

  it('keeps only part of a long chat', async () => {
    sayAll(1, 2_000)
    const chat = await open()
    for (let i = 0; i < 20; i++) await chat.loadOlder()
    expect(texts(chat)).toEqual(numbered(951, 1_550))
    expect([chat.more, chat.newer]).toEqual([true, true])
    for (let i = 0; i < 20; i++) await chat.loadNewer()
    expect(texts(chat)).toEqual(numbered(1_401, 2_000))
    expect([chat.more, chat.newer]).toEqual([true, false])
  })

  it('goes to a message, to a time and to the end', async () => {
    for (let i = 1; i <= 1_000; i++) backend.receive('ana', String(i), i * 10)
    const chat = await open()
    await chat.goToMessage({ message: 'm300', version: 300 })
    expect([texts(chat), chat.scrollTarget]).toEqual([
      numbered(275, 324),
      { message: 'm300', highlight: true },
    ])
    await chat.goToMessage({ message: 'm310', version: 310 })
    expect([texts(chat).length, chat.scrollTarget]).toEqual([50, { message: 'm310', highlight: true }])
    await chat.goToTime(5_995, backend.chatAt('ana', 5_995))
    expect(chat.scrollTarget).toEqual({ message: 'm600', highlight: false })
    await chat.goToEnd()
    expect([texts(chat), chat.newer]).toEqual([numbered(951, 1_000), false])
    expect(chat.scrollTarget).toEqual({ message: '', highlight: false })
  })

  it('counts messages that arrive while the user reads older ones, without scrolling', async () => {
    sayAll(1, 300)
    const chat = await open()
    await chat.goToMessage({ message: 'm7', version: 7 })
    sayAll(301, 303)
    await chat.refresh()
    expect([texts(chat)[0], texts(chat).at(-1), chat.newer, chat.unseen]).toEqual(['1', '31', true, 3])
    expect(chat.arrived.map((m) => m.text)).toEqual(numbered(301, 303))
    await chat.goToEnd()
    chat.setAttention(true)
    chat.setNewestOnScreen(true)
    expect([chat.unseen, chat.uncounted]).toEqual([0, false])
  })

  it("shows why a page couldn't be read", async () => {
    sayAll(1, 300)
    const chat = await open()
    backend.fails.set('chatAround', { code: 'internal', message: 'The disk is full.' })
    await chat.goToMessage({ message: 'm7', version: 7 })
    expect([chat.problem, chat.scrollTarget]).toEqual(['The disk is full.', undefined])
    expect(texts(chat)).toEqual(numbered(251, 300))
  })

  it('starts afresh after the portal was restored from a backup', async () => {
    sayAll(1, 120)
    const chat = await open()
    await chat.loadOlder()
    backend.chats.get('ana')!.messages.splice(90)
    await chat.refresh()
    expect(texts(chat)).toEqual(numbered(41, 90))
    expect(chat.more).toBe(true)
  })

  it('ignores a page requested before the restore', async () => {
    sayAll(1, 120)
    const chat = await open()
    const release = backend.block('chat')
    const older = chat.loadOlder()
    backend.blocked.delete('chat')
    backend.chats.get('ana')!.messages.splice(60)
    await chat.refresh()
    release()
    await older
    expect(texts(chat)).toEqual(numbered(11, 60))
  })

  it('updates the status of messages in older pages, too', async () => {
    const status = backend.receive('ana', 'Lodged', 1, backend.me, true)
    sayAll(1, 60)
    const chat = await open()
    await chat.loadOlder()
    expect(chat.messages[0].status).toBe('current')
    backend.receive('ana', 'Granted', 2, backend.me, true)
    await chat.refresh()
    expect(chat.messages.find((m) => m.id === status.id)?.status).toBe('past')
  })
})

describe('reading', () => {
  it('marks as read only while the newest message is on screen and the user is looking', async () => {
    sayAll(1, 2)
    const chat = await open()
    expect(marks()).toEqual([])
    chat.setNewestOnScreen(true)
    expect(marks()).toEqual([])
    chat.setAttention(true)
    expect(marks()).toEqual(['markRead ana 2'])
    chat.setAttention(true)
    expect(marks()).toHaveLength(1)
  })

  it("doesn't mark messages that arrive while the user reads older ones or looks elsewhere", async () => {
    const chat = await open()
    chat.setAttention(true)
    chat.setNewestOnScreen(false)
    sayAll(1, 1)
    await chat.refresh()
    expect(marks()).toEqual([])
    chat.setNewestOnScreen(true)
    expect(marks()).toEqual(['markRead ana 1'])
    chat.setAttention(false)
    sayAll(2, 2)
    await chat.refresh()
    expect(marks()).toHaveLength(1)
  })

  it('tries again after a read mark failed', async () => {
    sayAll(1, 1)
    const chat = await open()
    backend.fails.set('markRead', { code: 'internal', message: 'The disk is full.' })
    chat.setNewestOnScreen(true)
    chat.setAttention(true)
    await chat.refresh()
    expect(marks()).toEqual(['markRead ana 1', 'markRead ana 1'])
  })

  it("marks nothing for messages of one's own", async () => {
    backend.receive('ana', 'Mine', 1, backend.me)
    const chat = await open()
    chat.setNewestOnScreen(true)
    chat.setAttention(true)
    expect(marks()).toEqual([])
  })
})

describe('the New line', () => {
  it('is above the first unread message, and stays while the user reads', async () => {
    sayAll(1, 3)
    backend.chats.get('ana')!.readUpto = 1
    const chat = await open()
    expect(chat.newFrom).toBe('m2')
    chat.setNewestOnScreen(true)
    chat.setAttention(true)
    await chat.refresh()
    expect(chat.newFrom).toBe('m2')
  })

  it("doesn't appear for messages that are read as they arrive", async () => {
    const chat = await open()
    chat.setNewestOnScreen(true)
    chat.setAttention(true)
    sayAll(1, 1)
    await chat.refresh()
    expect(chat.newFrom).toBe('')
  })

  it('moves to the first message that arrived while the user was away', async () => {
    sayAll(1, 2)
    const chat = await open()
    chat.setNewestOnScreen(true)
    chat.setAttention(true)
    await chat.refresh()
    chat.setAttention(false)
    sayAll(3, 4)
    await chat.refresh()
    expect(chat.newFrom).toBe('m3')
  })

  it('disappears when the user replies', async () => {
    sayAll(1, 1)
    const chat = await open()
    expect(chat.newFrom).toBe('m1')
    chat.write('Yes', false)
    await chat.send()
    expect(chat.newFrom).toBe('')
  })
})

describe('sending', () => {
  it('sends the draft, clears it, and shows the message', async () => {
    const chat = await open()
    chat.write('Both are ready', true)
    await chat.send()
    expect(texts(chat)).toEqual(['Both are ready'])
    expect(chat.messages[0].status).toBe('current')
    expect([chat.draft.text, chat.draft.setStatus]).toEqual(['', false])
  })

  it('sends to others of the matter too, each in their own chat', async () => {
    backend.addPerson('okafor', { id: 'ben', name: 'Ben Okafor' })
    const chat = await open()
    chat.write('The keys are here', false)
    const sent = await chat.send(['ben'])
    expect(sent).toHaveLength(2)
    expect(texts(chat)).toEqual(['The keys are here'])
    expect(backend.chats.get('ben')!.messages.map((m) => m.text)).toEqual(['The keys are here'])
  })

  it("doesn't bring a draft back after it was sent", async () => {
    const chat = await open()
    chat.write('Hello', false)
    const release = backend.block('saveDraft')
    const kept = chat.draft.flush()
    const sent = chat.send()
    release()
    await Promise.all([kept, sent])
    expect(backend.chats.get('ana')!.draft.text).toBe('')
  })

  it('sends the next message while the last one is still being read', async () => {
    const chat = await open()
    chat.write('One', false)
    const release = backend.block('chat')
    const first = chat.send()
    await new Promise((turn) => setTimeout(turn))
    chat.write('Two', false)
    const second = chat.send()
    release()
    await Promise.all([first, second])
    expect(texts(chat)).toEqual(['One', 'Two'])
  })

  it('does not send twice for two quick Enters', async () => {
    const chat = await open()
    chat.write('Once', false)
    await Promise.all([chat.send(), chat.send()])
    expect(texts(chat)).toEqual(['Once'])
  })

  it("shows why an empty or too long message isn't sent, and keeps its text", async () => {
    const chat = await open()
    chat.write(' \n ', false)
    await chat.send()
    expect(chat.problem).toBe('Write a message first.')
    const long = '😀'.repeat(10_001)
    chat.write(long, false)
    expect(chat.problem).toBe('')
    await chat.send()
    expect(chat.problem).toContain('10,000 characters. This one has 10,001')
    expect(chat.draft.text).toBe(long)
    chat.write('😀'.repeat(10_000), false)
    await chat.send()
    expect(texts(chat)).toHaveLength(1)
  })

  it('keeps the text when sending fails', async () => {
    const chat = await open()
    chat.write('Hello', true)
    backend.fails.set('send', { code: 'internal', message: 'The disk is full.', field: '' })
    await chat.send()
    expect(chat.problem).toBe('The disk is full.')
    expect([chat.draft.text, chat.draft.setStatus]).toEqual(['Hello', true])
    await chat.send()
    expect(texts(chat)).toEqual(['Hello'])
  })

  it("puts an unsent message's text before the typed text", async () => {
    backend.online = false
    const chat = await open()
    chat.write('First', true)
    await chat.send()
    chat.write('Second', false)
    await chat.edit(chat.messages[0].id)
    expect(chat.draft.text).toBe('First\nSecond')
    expect(chat.draft.setStatus).toBe(true)
    expect(texts(chat)).toEqual([])
  })

  it('shows when a message can no longer be undone', async () => {
    backend.online = false
    const chat = await open()
    chat.write('First', false)
    await chat.send()
    backend.fails.set('removeUnsent', { code: 'not_found', message: 'This message is on its way already.' })
    await chat.remove(chat.messages[0].id)
    expect(chat.problem).toBe('This message is on its way already.')
    expect(texts(chat)).toEqual(['First'])
  })
})

it('shows that the user has lost access to a chat', async () => {
  const chat = await open()
  backend.chats.delete('ana')
  await chat.refresh()
  expect(chat.info).toBeUndefined()
  expect(chat.failure?.code).toBe('not_found')
})
