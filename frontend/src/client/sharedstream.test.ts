import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { severalTabs } from '../fake/tabs'
import type { Api, Live } from './api'
import { storageKey } from './base'
import { SharedStream } from './sharedstream'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const settle = () => vi.advanceTimersByTimeAsync(0)

/** A tab of an account, which has reached the portal. */
async function openTab(account = 'ana') {
  const streams = new Set<Live>()
  const gone: string[] = []
  const api = {
    live: (stream: Live) => {
      streams.add(stream)
      return { close: () => streams.delete(stream) }
    },
  }
  const nothing = { heads: () => {}, changes: () => {}, totals: () => {}, alive: () => {}, lost: () => {} }
  const shared = new SharedStream(api as unknown as Api, account, {
    ...nothing,
    gone: (matter) => gone.push(matter),
  })
  onTestFinished(() => shared.close())
  shared.connected()
  await settle()
  return { shared, streams, gone }
}

/** The stream of a tab sends an event. */
const send = ({ streams }: { streams: Set<Live> }, matter: string) => {
  for (const stream of streams) stream.gone(matter)
}

test('opens one stream for all tabs, and every tab gets its events', async () => {
  severalTabs()
  const tabs = [await openTab(), await openTab(), await openTab()]
  expect(tabs.map((tab) => tab.streams.size)).toEqual([1, 0, 0])
  send(tabs[0], 'elm')
  expect(tabs.map((tab) => tab.gone)).toEqual([['elm'], ['elm'], ['elm']])
})

test('passes the stream on when its tab is hidden or closed, and the hidden tab still gets its events', async () => {
  severalTabs()
  const tabs = [await openTab(), await openTab(), await openTab()]
  tabs[0].shared.release()
  await settle()
  expect(tabs.map((tab) => tab.streams.size)).toEqual([0, 1, 0])
  send(tabs[1], 'elm')
  expect(tabs[0].gone).toEqual(['elm'])
  tabs[1].shared.close()
  await settle()
  expect(tabs.map((tab) => tab.streams.size)).toEqual([0, 0, 1])
  tabs[0].shared.connected()
  tabs[2].shared.close()
  await settle()
  expect(tabs.map((tab) => tab.streams.size)).toEqual([1, 0, 0])
})

test('takes the stream from a frozen tab, and gives it up when it was frozen itself', async () => {
  const locks = severalTabs()
  const name = storageKey('live ana')
  void locks.request(name, {}, () => new Promise(() => {})).catch(() => {}) // holds the lock, and shows no sign of life
  const tab = await openTab()
  const other = await openTab()
  await vi.advanceTimersByTimeAsync(20_000)
  expect([tab.streams.size, other.streams.size]).toEqual([0, 0])
  await vi.advanceTimersByTimeAsync(20_000)
  expect(tab.streams.size + other.streams.size).toBe(1)
  await vi.advanceTimersByTimeAsync(30_000)
  expect(tab.streams.size + other.streams.size).toBe(1)

  let finish = () => {}
  void locks.request(name, { steal: true }, () => new Promise<void>((done) => (finish = done)))
  await settle()
  expect(tab.streams.size + other.streams.size).toBe(0)
  finish()
  await settle()
  expect(tab.streams.size + other.streams.size).toBe(1)
})

test('keeps accounts apart', async () => {
  severalTabs()
  const ana = await openTab('ana')
  const ben = await openTab('ben')
  expect([ana.streams.size, ben.streams.size]).toEqual([1, 1])
  send(ana, 'elm')
  expect(ben.gone).toEqual([])
})

test('opens no stream where tabs cannot share one', async () => {
  const tab = await openTab()
  expect(tab.streams.size).toBe(0)
})
