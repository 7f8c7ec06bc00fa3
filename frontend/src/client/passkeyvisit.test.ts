import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Api } from './api'
import { PasskeyVisit, readRequest } from './passkeyvisit.svelte'

const credentials = { create: vi.fn(), get: vi.fn() }
const left: string[] = []
const passkeyPageOptions = vi.fn(async (use: string, secret: string) => JSON.stringify({ use, secret }))

beforeEach(() => {
  const parse = (options: unknown) => options
  vi.stubGlobal('PublicKeyCredential', {
    parseCreationOptionsFromJSON: parse,
    parseRequestOptionsFromJSON: parse,
  })
  vi.stubGlobal('navigator', { credentials, userAgent: 'Firefox Linux' })
  left.length = 0
})
afterEach(() => vi.unstubAllGlobals())

const at = '&port=4567&state=known'

/** A visit to the page at the portal, in a browser with a passkey. */
async function open(
  hash: string,
  firm = async () => ({ name: 'Hartwell Legal', passkeys: location.origin }),
) {
  const visit = new PasskeyVisit({ firm, passkeyPageOptions } as unknown as Api, hash, (to) => left.push(to))
  await visit.read()
  return visit
}

test.each(['sign-in', 'confirm', 'add'] as const)('passes on the answer to %s', async (use) => {
  const asked = use === 'add' ? credentials.create : credentials.get
  asked.mockResolvedValueOnce({ toJSON: () => ({ id: 'a&b' }) })
  const visit = await open(`#for=${use}&secret=s+p${at}`)
  await visit.ask()
  expect(asked).toHaveBeenCalledWith({ publicKey: { use, secret: 's p' } })
  expect(visit.state).toBe('left')
  const back = new URL(left[0])
  expect(back.origin + back.pathname).toBe('http://127.0.0.1:4567/signed-in')
  expect(Object.fromEntries(back.searchParams)).toEqual({
    state: 'known',
    answer: '{"id":"a&b"}',
    name: 'Firefox on Linux',
  })
})

test('asks again after the person, the portal or the network said no', async () => {
  const visit = await open(`#for=sign-in&secret=s${at}`)
  credentials.get.mockRejectedValueOnce(new DOMException('', 'NotAllowedError'))
  await visit.ask()
  expect([visit.state, visit.failure?.code]).toEqual(['ready', 'no_passkey'])
  passkeyPageOptions.mockRejectedValueOnce({ code: 'unreachable', field: '', message: 'Away.' })
  await visit.ask()
  expect([visit.state, visit.failure?.code]).toEqual(['ready', 'unreachable'])
  expect(left).toEqual([])
  visit.cancel()
  expect(left).toEqual(['http://127.0.0.1:4567/signed-in?state=known&error=access_denied'])
})

test('waits for the portal', async () => {
  const firm = vi.fn().mockRejectedValueOnce({ code: 'unreachable', field: '', message: 'Away.' })
  const visit = await open(`#for=sign-in&secret=s${at}`, firm)
  expect(visit.state).toBe('away')
  firm.mockResolvedValueOnce({ name: '' })
  await visit.read()
  expect([visit.state, visit.works]).toEqual(['ready', false])
})

test.each([
  '',
  '#',
  '#for=delete&secret=s' + at,
  '#for=add' + at,
  '#for=add&secret=s&port=4567',
  '#for=add&secret=s&state=known',
  '#for=add&secret=s&state=known&port=0',
  '#for=add&secret=s&state=known&port=65536',
  '#for=add&secret=s&state=known&port=1.5',
  '#for=add&secret=s&state=known&port=80@evil.example',
])('asks for nothing without what the app has to say: %s', (hash) => {
  expect(readRequest(hash)).toBeUndefined()
})
