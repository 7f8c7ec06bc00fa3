import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { Api, Heads, Live, Outgoing, Result } from './api'
import { page } from '../fake/changes'
import { severalTabs } from '../fake/tabs'
import { LocalStore } from './localstore'
import { ClientBackend } from './backend'
import type { Connection } from './syncer'

beforeEach(() => {
  localStorage.clear()
  severalTabs()
})

/** A fake portal that records what it was sent. */
class FakeApi {
  live_: Live | undefined
  said: Outgoing[] = []
  epoch = 'e'
  down = false
  signedOut = false
  refuses = ''
  vanished = false
  /** How often it was asked for everything. */
  pulls = 0
  get version() {
    return 3 + this.said.length
  }
  markAt = (version: number) => ['mark', ...this.said.slice(0, version - 3).map((m) => m.id)].join(' ')
  changes = async (_: string, after: number, mark: string) => {
    if (this.down) throw { code: 'unreachable' }
    if (this.vanished) throw { code: 'not_found' }
    if (mark && (after > this.version || mark !== this.markAt(after))) throw { code: 'other_history' }
    if (after === 0) this.pulls++
    const sent = this.said.map((m, i) => ({
      ...{ id: m.id, participant: 'ana', author: 'ana', text: m.text },
      ...{ written_at: 1, sent_at: 1, version: 4 + i },
    }))
    const all = page(after, [], { version: this.version })
    all.messages = sent.filter((m) => m.version > after)
    return { ...all, mark: this.markAt(all.version), after_mark: mark }
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
    const etag = `${this.epoch} ${this.markAt(this.version)} ${this.vanished}`
    return known === etag ? undefined : { heads: this.headsNow(), etag }
  }
  headsNow = (): Heads => ({
    ...{ epoch: this.epoch, level: 1, needs: 1 },
    matters: this.vanished ? [] : [{ matter: 'elm', version: this.version, mark: this.markAt(this.version) }],
  })
}

const me = { account: 'a', name: 'Ana', email: 'ana@client.example', user: false, firm: 'Hartwell Legal' }

async function opened(fake = new FakeApi()) {
  let link: Connection = 'opening'
  const backend = new ClientBackend(fake as unknown as Api, me, (now) => (link = now))
  await backend.open()
  expect(link).toBe('current')
  await vi.waitFor(() => expect(fake.live_).toBeDefined())
  onTestFinished(() => backend.close())
  const shown = async () => (await backend.chat('ana', 0)).messages.map((m) => `${m.delivery} ${m.text}`)
  return { fake, backend, shown, link: () => link }
}

test('shows a message at once and sends it once', async () => {
  const { fake, backend, shown } = await opened()
  await backend.send('ana', ['ana'], ' hello ')
  expect(await shown()).toEqual(['waiting hello'])
  await vi.waitFor(async () => expect(await shown()).toEqual(['sent hello']))
  expect(fake.said).toHaveLength(1)
  await vi.waitFor(() => expect(backend.store.unsent()).toEqual([]))
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

const elsewhere = (text: string) => ({ id: text, participant: 'ana', text, written_at: 1 })

test.each([
  ['is behind', [], ['sent kept', 'sent lost', 'sent lost too']],
  ['has the same version', ['x', 'y'], ['sent kept', 'sent x', 'sent y', 'sent lost', 'sent lost too']],
  ['is ahead', ['x', 'y', 'z'], ['sent kept', 'sent x', 'sent y', 'sent z', 'sent lost', 'sent lost too']],
])('starts over once when a portal put back to an earlier state %s', async (_, others, want) => {
  for (const notice of ['heads', 'change', 'confirmation']) {
    localStorage.clear()
    const { fake, backend, shown } = await opened()
    for (const text of ['kept', 'lost', 'lost too']) {
      await backend.send('ana', ['ana'], text)
      await vi.waitFor(async () => expect(await shown()).toContain(`sent ${text}`))
    }
    fake.pulls = 0
    fake.said = [fake.said[0], ...others.map(elsewhere)]
    const all = [...want]
    if (notice === 'heads') fake.live_!.heads(fake.headsNow())
    else if (notice === 'confirmation') {
      await backend.send('ana', ['ana'], 'new')
      all.splice(1 + others.length, 0, 'sent new')
    } else {
      fake.said.push(elsewhere('last'))
      all.splice(1 + others.length, 0, 'sent last')
      const after = fake.version - 1
      fake.live_!.changes({
        ...(await fake.changes('elm', after, '')),
        ...{ after_mark: fake.markAt(after), mark: fake.markAt(fake.version) },
      })
      if (after < 6) fake.live_!.heads(fake.headsNow()) // a device ahead of a change learns it from the heads
    }
    await vi.waitFor(async () => expect(await shown()).toEqual(all))
    await backend.open() // asks for the heads again
    expect(fake.pulls).toBe(1)
    expect(new Set(fake.said.map((m) => m.id)).size).toBe(all.length)
    backend.close()
  }
})

test('keeps a read mark on its message when the portal is put back to an earlier state', async () => {
  const { fake, backend, shown } = await opened()
  fake.said.push(elsewhere('one'), elsewhere('two'))
  fake.live_!.heads(fake.headsNow())
  await vi.waitFor(async () => expect(await shown()).toEqual(['sent one', 'sent two']))
  fake.markRead.mockRejectedValue({ code: 'unreachable' })
  await backend.markRead('ana', 5)
  expect(fake.markRead).toHaveBeenLastCalledWith('ana', 5)
  fake.markRead.mockReset()
  fake.said = [elsewhere('zero'), elsewhere('one'), elsewhere('two')]
  fake.live_!.heads(fake.headsNow())
  await vi.waitFor(() => expect(fake.markRead).toHaveBeenLastCalledWith('ana', 6))
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

/** The storage tells the other tabs of a change, which jsdom has none of. */
const tellOtherTabs = () => {
  for (const key of Object.keys(localStorage)) dispatchEvent(new StorageEvent('storage', { key }))
}

test('sends a message from one tab only, and does not take back what another tab is sending', async () => {
  const { fake, backend, shown } = await opened()
  const other = await opened(fake)
  const send = fake.send
  const sent = vi.fn()
  let answer = () => {}
  fake.send = async (messages) => {
    sent(messages.map((m) => m.text))
    await new Promise<void>((go) => (answer = go))
    return send(messages)
  }
  await backend.send('ana', ['ana'], 'hello')
  tellOtherTabs()
  other.backend.retry()
  await vi.waitFor(() => expect(sent).toHaveBeenCalled())
  const [message] = (await other.backend.chat('ana', 0)).messages
  await expect(other.backend.editUnsent(message.id)).rejects.toMatchObject({ code: 'not_found' })
  answer()
  await vi.waitFor(async () => expect(await shown()).toEqual(['sent hello']))
  other.backend.retry()
  await vi.waitFor(async () => expect(await other.shown()).toEqual(['sent hello']))
  expect(sent).toHaveBeenCalledTimes(1)
  expect(fake.said).toHaveLength(1)
})

test('sends a message whose tab was closed before it could', async () => {
  const { fake, backend } = await opened()
  const other = await opened(fake)
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  fake.down = true
  await backend.send('ana', ['ana'], 'hello')
  backend.close()
  tellOtherTabs()
  fake.down = false
  await vi.advanceTimersByTimeAsync(10_000)
  expect(fake.said.map((m) => m.text)).toEqual(['hello'])
  expect(await other.shown()).toEqual(['sent hello'])
})

test('keeps the order of writing when the clock is set back', async () => {
  const { fake, backend, shown } = await opened()
  fake.down = true
  await backend.send('ana', ['ana'], 'first')
  const clock = vi.spyOn(Date, 'now').mockReturnValue(1)
  await backend.send('ana', ['ana'], 'second')
  clock.mockRestore()
  await vi.waitFor(async () => expect(await shown()).toEqual(['waiting first', 'waiting second']))
})
