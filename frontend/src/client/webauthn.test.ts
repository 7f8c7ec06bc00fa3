import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { askPasskey, makePasskey, passkeysWork } from './webauthn'

const credentials = { create: vi.fn(), get: vi.fn() }

beforeEach(() => {
  vi.stubGlobal('PublicKeyCredential', {
    parseCreationOptionsFromJSON: (options: unknown) => ({ parsed: options }),
    parseRequestOptionsFromJSON: (options: unknown) => ({ parsed: options }),
  })
  vi.stubGlobal('navigator', { credentials })
})
afterEach(() => vi.unstubAllGlobals())

test('works only where the portal says, and in a browser that can', () => {
  expect(passkeysWork(location.origin)).toBe(true)
  expect(passkeysWork('https://portal.firm.example')).toBe(false)
  expect(passkeysWork(undefined)).toBe(false) // an older portal, or no TLS
  vi.stubGlobal('PublicKeyCredential', {})
  expect(passkeysWork(location.origin)).toBe(false)
  vi.stubGlobal('PublicKeyCredential', undefined)
  expect(passkeysWork(location.origin)).toBe(false)
})

test('passes on the options and the answer', async () => {
  credentials.create.mockResolvedValueOnce({ toJSON: () => ({ id: 'new' }) })
  expect(await makePasskey('{"challenge":"a"}')).toBe('{"id":"new"}')
  expect(credentials.create).toHaveBeenCalledWith({ publicKey: { parsed: { challenge: 'a' } } })
  credentials.get.mockResolvedValueOnce({ toJSON: () => ({ id: 'known' }) })
  expect(await askPasskey('{"challenge":"b"}')).toBe('{"id":"known"}')
  expect(credentials.get).toHaveBeenCalledWith({ publicKey: { parsed: { challenge: 'b' } } })
})

test.each([
  ['NotAllowedError', 'No passkey was used.'],
  ['InvalidStateError', 'already has a passkey'],
  ['SecurityError', "can't use a passkey here"],
])('explains a %s', async (name, sentence) => {
  credentials.create.mockRejectedValueOnce(new DOMException('', name))
  await expect(makePasskey('{}')).rejects.toMatchObject({ message: expect.stringContaining(sentence) })
})
