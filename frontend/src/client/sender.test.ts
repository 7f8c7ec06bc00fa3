import { beforeEach, expect, test, vi } from 'vitest'
import type { Api, Outgoing, Result } from './api'
import { LocalStore } from './localstore'
import { Sender } from './sender'
import { unreachable } from './verdict'

beforeEach(() => localStorage.clear())

/** Waiting messages, and a portal whose answers a test decides. It records the number of messages in each request. */
function prepare(answer: (messages: Outgoing[]) => Result[]) {
  const store = new LocalStore('a')
  const requests: number[] = []
  const send = async (messages: Outgoing[]) => {
    requests.push(messages.length)
    return answer(messages)
  }
  const listener = { confirmed: async () => {}, failed: vi.fn(), recovered: vi.fn(), changed: () => {} }
  const sender = new Sender({ send } as unknown as Api, 'ana', store, listener)
  const add = (count: number, text: string) => {
    for (let n = 0; n < count; n++) {
      const id = `${store.unsent().length}`
      store.add({ id, participant: 'ana', text, written_at: 1, reason: '' })
    }
  }
  const sent = () => vi.waitFor(() => expect(store.unsent()).toEqual([]), 10_000)
  return { store, sender, listener, requests, add, sent }
}

const taken = (messages: Outgoing[]): Result[] => messages.map(({ id }) => ({ id }))

test('sends fewer messages at once when the line loses requests, and more again afterwards', async () => {
  let room = 15_000
  const { store, sender, requests, add } = prepare((messages) => {
    if (messages.reduce((sum, m) => sum + m.text.length, 0) > room) throw unreachable
    return taken(messages)
  })
  add(40, 'x'.repeat(10_000))
  const sendUntil = async (left: number) => {
    while (store.unsent().length > left) {
      sender.retry()
      await sender.send()
    }
  }
  await sendUntil(30)
  expect(requests[0]).toBeGreaterThan(4)
  expect(requests.slice(0, 4)).toContain(1)
  requests.length = 0
  room = Infinity
  await sendUntil(0)
  expect(Math.max(...requests)).toBeGreaterThan(4)
})

test('sends a single message of any length', async () => {
  let failures = 3
  const { sender, requests, add, sent } = prepare((messages) => {
    if (failures-- > 0) throw unreachable
    return taken(messages)
  })
  add(1, '𝄞'.repeat(10_000))
  for (let n = 0; n < 4; n++) {
    sender.retry()
    await sender.send()
  }
  await sent()
  expect(new Set(requests)).toEqual(new Set([1]))
})

test('does not take an unknown code for a rejection', async () => {
  let code = 'a_code_of_the_future'
  const { store, sender, listener, add, sent } = prepare((messages) =>
    messages.map(({ id }) =>
      id === '1' && code ? { id, error: { code, detail: 'What?', status: 400, title: '' } } : { id },
    ),
  )
  add(3, 'hello')
  await sender.send()
  expect(store.unsent().map((m) => [m.id, m.reason])).toEqual([['1', '']])
  expect(listener.failed).toHaveBeenCalledWith(expect.objectContaining({ message: 'What?' }), false)
  code = ''
  sender.retry()
  await sent()
  expect(listener.recovered).toHaveBeenCalled()
})

test('keeps a message that the answer leaves out', async () => {
  const { store, sender, add } = prepare(() => [])
  add(1, 'hello')
  await sender.send()
  expect(store.unsent().map((m) => m.reason)).toEqual([''])
})

test('waits as long as a busy portal asks', async () => {
  vi.useFakeTimers()
  try {
    const { sender, requests, add } = prepare(() => {
      throw { code: 'too_many', message: 'Slow down.', field: '', wait: 60_000 }
    })
    add(1, 'hello')
    await sender.send()
    await vi.advanceTimersByTimeAsync(59_000)
    expect(requests).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(requests).toHaveLength(2)
    sender.close()
  } finally {
    vi.useRealTimers()
  }
})
