import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import type { Failure } from '../model/backend'

/** How many requests the portal answers with busy before it signs in. */
let busy = 0
let requests = 0

// A browser resolves paths against the page's address. Node has no page.
const NodeRequest = Request
vi.stubGlobal(
  'Request',
  class extends NodeRequest {
    constructor(input: RequestInfo, init?: RequestInit) {
      super(typeof input === 'string' ? `http://portal${input}` : input, init)
    }
  },
)
vi.stubGlobal('fetch', async () => {
  if (++requests > busy) return Response.json({ me: { name: 'Ana' } })
  const problem = JSON.stringify({ status: 503, code: 'busy', detail: 'Busy.' })
  return new Response(problem, { status: 503, headers: { 'Content-Type': 'application/problem+json' } })
})
const { api } = await import('./api')

beforeEach(() => (requests = 0))
afterAll(() => vi.unstubAllGlobals())

test('signs in once the portal is no longer busy', async () => {
  busy = 2
  expect((await api.signIn('ana@client.example', 'a password')).name).toBe('Ana')
  expect(requests).toBe(3)
})

test('gives up on a portal that stays busy', async () => {
  busy = 100
  const failure = await api.signIn('ana@client.example', 'a password').catch((thrown: Failure) => thrown)
  expect(failure).toMatchObject({ code: 'busy' })
  expect(requests).toBe(4)
})
