import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { Api, Heads, Live, Outgoing, Result } from './api'
import { page } from '../fake/changes'
import { LocalStore } from './localstore'
import { ClientBackend } from './backend'
import type { Connection } from './syncer'

beforeEach(() => localStorage.clear())

/** A fake portal that records what it was sent. */
class FakeApi {
  live_: Live | undefined
  said: Outgoing[] = []
  epoch = 'e'
  down = false
  signedOut = false
  refuses = ''
  vanished = false
  changes = async (_: string, after: number) => {
    if (this.down) throw { code: 'unreachable' }
    const sent = this.said.map((m, i) => ({
      ...{ id: m.id, participant: 'ana', author: 'ana', text: m.text },
      ...{ written_at: 1, sent_at: 1, version: 4 + i },
    }))
    const all = page(after, [], { version: 3 + sent.length })
    all.messages = sent.filter((m) => m.version > after)
    return all
  }
  send = async (messages: Outgoing[]): Promise<Result[]> => {
    if (this.down) throw { code: 'unreachable' }
    return messages.map((m) => {
      if (m.text === this.refuses)
        return { id: m.id, error: { code: 'text_too_long', detail: 'Too long.', status: 422, title: '' } }
      if (!this.said.some((s) => s.id === m.id)) this.said.push(m)
      return { id: m.id }
    })
  }
  markRead = vi.fn(async () => undefined)
  live = (listener: Live) => {
    this.live_ = listener
    return { close: () => {} }
  }
  heads = async (known: string) => {
    if (this.signedOut) throw { code: 'signed_out', message: 'You are signed out.', field: '' }
    if (this.down) throw { code: 'unreachable' }
    const etag = `${this.epoch} ${this.said.length} ${this.vanished}`
    return known === etag ? undefined : { heads: this.headsNow(), etag }
  }
  headsNow = (): Heads => ({
    ...{ epoch: this.epoch, level: 1, needs: 1 },
    matters: this.vanished ? [] : [{ matter: 'elm', version: 3 + this.said.length }],
  })
}

const me = { account: 'a', name: 'Ana', user: false, firm: 'Hartwell Legal' }

async function opened() {
  const fake = new FakeApi()
  let link: Connection = 'opening'
  const backend = new ClientBackend(fake as unknown as Api, me, (now) => (link = now))
  await backend.open()
  expect(link).toBe('current')
  onTestFinished(() => backend.close())
  const shown = async () => (await backend.chat('ana', 0)).messages.map((m) => `${m.delivery} ${m.text}`)
  return { fake, backend, shown, link: () => link }
}

test('shows a message at once and sends it once', async () => {
  const { fake, backend, shown } = await opened()
  await backend.send('ana', ['ana'], ' hello ')
  expect(await shown()).toEqual(['sending hello'])
  await vi.waitFor(async () => expect(await shown()).toEqual(['sent hello']))
  expect(fake.said).toHaveLength(1)
  expect(backend.store.unsent()).toEqual([])
})

test('keeps messages written offline across a reload and sends them when the connection returns', async () => {
  const { fake, backend, shown } = await opened()
  fake.down = true
  fake.live_!.lost()
  await backend.send('ana', ['ana'], 'first')
  await backend.send('ana', ['ana'], 'second')
  await vi.waitFor(async () => expect(await shown()).toEqual(['waiting first', 'waiting second']))
  expect(new LocalStore('a').unsent().map((m) => m.text)).toEqual(['first', 'second'])
  fake.down = false
  backend.retry()
  await vi.waitFor(async () => expect(await shown()).toEqual(['sent first', 'sent second']))
  expect(fake.said.map((m) => m.text)).toEqual(['first', 'second'])
})

test('shows why a message was rejected and returns its text for editing', async () => {
  const { fake, backend, shown } = await opened()
  fake.refuses = 'too long'
  await backend.send('ana', ['ana'], 'too long')
  await vi.waitFor(async () => expect(await shown()).toEqual(['rejected too long']))
  const [message] = (await backend.chat('ana', 0)).messages
  expect(message.reason).toBe('Too long.')
  await backend.saveDraft('ana', { text: 'and more', set_status: false })
  expect(await backend.editUnsent(message.id)).toEqual({ text: 'too long\nand more', set_status: false })
  expect(await shown()).toEqual([])
  await expect(backend.editUnsent(message.id)).rejects.toMatchObject({ code: 'not_found' })
})

test('tells an ended session from a lost connection', async () => {
  const { fake, link } = await opened()
  fake.signedOut = true
  fake.live_!.lost()
  await vi.waitFor(() => expect(link()).toBe('signed_out'))
})

test('pulls the missing changes when live ones leave a gap', async () => {
  const { fake, backend, shown } = await opened()
  fake.said.push({ id: 'x', participant: 'ana', text: 'missed', written_at: 1 })
  const listener = new Promise((resolve) => backend.onChanged(resolve))
  fake.live_!.changes(page(9, [10]))
  await listener
  expect(await shown()).toEqual(['sent missed'])
})

test('sends again what a portal restored from a backup has lost', async () => {
  const { fake, backend, shown } = await opened()
  for (const text of ['before', 'after']) {
    await backend.send('ana', ['ana'], text)
    await vi.waitFor(async () => expect(await shown()).toContain(`sent ${text}`))
  }
  const [before, after] = fake.said
  fake.said = [before, { id: 'x', participant: 'ana', text: 'from elsewhere', written_at: 1 }]
  fake.epoch = 'restored' // and by chance at the same version
  fake.live_!.heads(fake.headsNow())
  await vi.waitFor(async () =>
    expect(await shown()).toEqual(['sent before', 'sent from elsewhere', 'sent after']),
  )
  expect(fake.said.filter((m) => m.id === after.id)).toHaveLength(1)
})

test('keeps unsent text for a chat the participant can no longer open', async () => {
  const { fake, backend } = await opened()
  fake.down = true
  await backend.send('ana', ['ana'], 'too late')
  await backend.saveDraft('ana', { text: 'half a thought', set_status: false })
  expect(backend.undeliverable()).toEqual([])
  fake.down = false
  fake.vanished = true
  fake.refuses = 'too late'
  fake.live_!.gone('elm')
  await vi.waitFor(() => expect(backend.undeliverable()).toHaveLength(2))
  expect(backend.undeliverable().map((m) => m.text)).toEqual(['too late', 'half a thought'])
  for (const unsent of backend.undeliverable()) backend.removeUndeliverable(unsent)
  expect(backend.undeliverable()).toEqual([])
})

test('tries again to send a message that failed while the stream was fine', async () => {
  const { fake, backend, shown, link } = await opened()
  fake.down = true
  await backend.send('ana', ['ana'], 'hello')
  await vi.waitFor(() => expect(link()).toBe('offline'))
  fake.down = false
  backend.retry()
  await vi.waitFor(async () => expect(await shown()).toEqual(['sent hello']))
})

test('keeps a message as the portal will store it', async () => {
  const { fake, backend, shown } = await opened()
  fake.down = true
  await backend.send('ana', ['ana'], ' cafe\u0301\r\u202eclosed ')
  expect(await shown()).toContain('waiting caf\u00e9\nclosed')
  await expect(backend.send('ana', ['ana'], 'a\u0001')).rejects.toMatchObject({ field: 'text' })
})

test('rejects a message that the portal cannot read, and sends the others', async () => {
  const store = new LocalStore('a')
  const unsent = (id: string, text: string) =>
    store.add({ id, participant: 'ana', text, written_at: 1, reason: '' })
  unsent('x', 'half a \ud83d')
  unsent('y', 'hello')
  const { fake, shown } = await opened()
  await vi.waitFor(async () => expect(await shown()).toEqual(['sent hello', 'rejected half a \ud83d']))
  expect(fake.said).toHaveLength(1)
})
