import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { page } from '../fake/changes'
import { severalTabs } from '../fake/tabs'
import type { Api, Heads, Live } from './api'
import { Syncer, type Connection, type SyncerListener } from './syncer'

/** A portal with one matter, whose versions are its messages. */
class FakePortal {
  epoch = 'e'
  version = 3
  down = false
  /** How many questions for changes it refuses, because the participant may not see the matter. */
  refusals = 0
  /** The streams that are open. */
  streams = new Set<Live>()
  opened = 0
  asked: string[] = []
  heads = async (known: string) => {
    this.asked.push('heads')
    if (this.down) throw { code: 'unreachable' }
    const etag = `${this.epoch} ${this.version}`
    return known === etag ? undefined : { heads: this.headsNow(), etag }
  }
  headsNow = (): Heads => ({
    ...{ epoch: this.epoch, level: 1, needs: 1 },
    matters: [{ matter: 'elm', version: this.version }],
  })
  changes = async (_: string, after: number) => {
    this.asked.push('changes')
    if (this.refusals > 0) {
      this.refusals--
      throw { code: 'not_found' }
    }
    const versions = Array.from({ length: this.version - after }, (_, i) => after + 1 + i)
    return page(after, versions, { version: this.version })
  }
  live = (stream: Live) => {
    this.opened++
    this.streams.add(stream)
    return { close: () => this.streams.delete(stream) }
  }
  /** Sends an event over the open streams. */
  send(event: (stream: Live) => void) {
    for (const stream of this.streams) {
      stream.alive()
      event(stream)
    }
  }
  ping = () => this.send(() => {})
  /** A ping with the totals of all events, whether they arrived or not. */
  pingWithTotals = () => this.send((stream) => stream.totals({ matters: 1, versions: this.version }))
}

let portal: FakePortal
let listener: SyncerListener
let syncer: Syncer
let connection: Connection
let connections: Connection[] = []
const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000)
const shown = () => syncer.copy.of('ana')?.messages.at(-1)?.version

beforeEach(async () => {
  vi.useFakeTimers()
  severalTabs()
  connection = 'opening'
  portal = new FakePortal()
  listener = {
    connection: (now) => connections.push((connection = now)),
    ...{ reached: () => {}, changed: () => {}, lost: () => {} },
  }
  syncer = new Syncer(portal as unknown as Api, 'ana', listener)
  await syncer.check()
})

afterEach(() => {
  syncer.close()
  vi.useRealTimers()
})

test('is connected and follows the portal where a proxy holds the stream back', async () => {
  expect(connection).toBe('current')
  expect(shown()).toBe(3)
  await pass(300)
  portal.version = 4
  await pass(5)
  expect(shown()).toBe(4)
  expect(connection).toBe('current')
})

test('follows the portal where a proxy lets through only the first event', async () => {
  portal.send((stream) => stream.heads(portal.headsNow()))
  portal.version = 4
  await pass(5)
  expect(shown()).toBe(4)
})

test('stops asking while the stream delivers, and asks again when it falls silent', async () => {
  portal.ping()
  portal.ping()
  portal.asked = []
  for (let i = 0; i < 10; i++) {
    await pass(20)
    portal.ping()
  }
  expect(portal.asked).toEqual([])
  await pass(25)
  expect(portal.asked).toEqual(['heads'])
  portal.version = 4
  await pass(5)
  expect(shown()).toBe(4)
})

test('catches up when a ping shows that an event was lost, and asks once', async () => {
  portal.ping()
  portal.ping()
  portal.send((stream) => stream.changes(page(3, [4])))
  portal.version = 4
  portal.pingWithTotals()
  await pass(0)
  portal.asked = []
  portal.version = 5 // and the event is lost
  portal.pingWithTotals()
  await pass(0)
  expect(shown()).toBe(5)
  portal.pingWithTotals()
  await pass(0)
  expect(portal.asked).toEqual(['heads', 'changes'])
})

test('opens streams after growing waits where they do not work, and uses one that works again', async () => {
  await pass(45 + 15 + 45 + 25)
  expect(portal.opened).toBe(3)
  await pass(600)
  expect(portal.opened).toBeLessThan(9)
  syncer.retry()
  await pass(0)
  portal.ping()
  portal.ping()
  portal.asked = []
  await pass(20)
  expect(portal.asked).toEqual([])
})

test('opens streams and asks as often as ever after the clock was put back', async () => {
  await pass(45) // the first stream stays silent
  vi.setSystemTime(Date.now() - 86_400_000)
  await pass(30)
  expect(portal.opened).toBe(2)
  portal.ping()
  portal.ping()
  vi.setSystemTime(Date.now() - 86_400_000)
  portal.asked = []
  syncer.setVisible(false)
  syncer.setVisible(true)
  await pass(0)
  expect(portal.asked).toEqual(['heads'])
})

test('opens a new stream at once when one that worked ends', async () => {
  portal.ping()
  portal.ping()
  connections = []
  portal.asked = []
  for (const stream of [...portal.streams]) stream.lost()
  await pass(0.5)
  expect(portal.opened).toBe(2)
  expect(portal.streams.size).toBe(1)
  expect(portal.asked).toEqual([]) // the stream begins with the heads
  expect(connections).toEqual([]) // it is never offline in between
})

test('asks the portal when the new stream ends too, and opens another at once, and then after a wait', async () => {
  portal.ping()
  portal.ping()
  for (const stream of [...portal.streams]) stream.lost()
  await pass(0.5)
  portal.asked = []
  for (const stream of [...portal.streams]) stream.lost()
  await pass(0)
  expect(portal.asked).toEqual(['heads'])
  expect(portal.opened).toBe(3)
  for (const stream of [...portal.streams]) stream.lost()
  await pass(9)
  expect(portal.opened).toBe(3)
})

test('asks for the heads while the new stream is held back', async () => {
  portal.ping()
  portal.ping()
  for (const stream of [...portal.streams]) stream.lost()
  portal.version = 4
  await pass(6)
  expect(shown()).toBe(4)
})

test('closes the stream and asks less often while hidden, and catches up when shown', async () => {
  portal.ping()
  portal.ping()
  syncer.setVisible(false)
  expect(portal.streams.size).toBe(0)
  await pass(30)
  portal.asked = []
  await pass(60)
  expect(portal.asked).toEqual(['heads', 'heads'])
  portal.version = 4
  syncer.setVisible(true)
  await pass(0)
  expect(shown()).toBe(4)
  expect(portal.streams.size).toBe(1)
})

test('is offline while the portal does not answer, and opens no streams', async () => {
  for (const stream of [...portal.streams]) stream.lost()
  portal.down = true
  await pass(10)
  expect(connection).toBe('offline')
  portal.opened = 0
  await pass(120)
  expect(portal.opened).toBe(0)
  portal.down = false
  await pass(60)
  expect(connection).toBe('current')
  expect(portal.opened).toBeGreaterThan(0) // it may have ended again, because it was silent
})

test('keeps what it has when heads arrive late', async () => {
  const late = portal.headsNow()
  portal.version = 5
  portal.send((stream) => stream.changes(page(3, [4, 5])))
  await pass(0)
  const copied = syncer.copy.of('ana')
  portal.asked = []
  portal.send((stream) => stream.heads(late))
  await pass(0)
  expect(syncer.copy.of('ana')).toBe(copied)
  expect(portal.asked).toEqual(['heads'])
})

/** How a page learns that its participant lost a matter, and how often it then asks. */
const losses: [string, number, () => void][] = [
  ['an event', 1, () => portal.send((stream) => stream.gone('elm'))],
  ['heads', 1, () => portal.send((stream) => stream.heads({ ...portal.headsNow(), matters: [] }))],
  ['an answer', 2, () => portal.send((stream) => stream.changes(page(5, [6])))],
]

test.each(losses)('removes a matter when the portal says so again after %s', async (_, questions, lose) => {
  portal.asked = []
  portal.refusals = questions
  lose()
  await pass(0)
  expect(syncer.copy.of('ana')).toBeUndefined()
  expect(portal.asked).toEqual(Array(questions).fill('changes'))
  expect(connection).toBe('current')
})

test.each(losses)('keeps a matter that is visible again after %s', async (_, questions, lose) => {
  const copied = syncer.copy.of('ana')
  portal.asked = []
  portal.version = 6
  portal.refusals = questions - 1
  lose()
  await pass(0)
  expect(syncer.copy.of('ana')).toBe(copied)
  expect(shown()).toBe(6)
  expect(portal.asked).toEqual(Array(questions).fill('changes'))
})

test('starts over without removing a matter that late heads lack, and sends again what was lost', async () => {
  const lost: string[] = []
  listener.lost = (messages) => lost.push(...messages.map((m) => m.id))
  portal.version = 5
  portal.send((stream) => stream.changes(page(3, [4, 5])))
  await pass(0)
  Object.assign(portal, { epoch: 'restored', version: 3 })
  const { headsNow } = portal
  portal.headsNow = () => ({ ...headsNow(), matters: [] })
  portal.send((stream) => stream.heads(portal.headsNow()))
  await pass(0)
  expect(shown()).toBe(3)
  expect(lost).toEqual(['m5'])
})
