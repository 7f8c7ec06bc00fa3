import { beforeEach, expect, test, vi } from 'vitest'
import type { Api, Self } from './api'
import { PasswordReset } from './reset.svelte'
import { unreachable } from './verdict'

const info = { name: 'Ana Okafor', email: 'ana@client.example', user: false, passkeys: 0, recovery_codes: 0 }
const ana = { account: 'ana', name: 'Ana Okafor', user: false } as Self
const expired = { code: 'link_expired', message: 'This link no longer works.', field: '' }
const weak = { code: 'weak_password', message: 'This password is too easy to guess.', field: 'password' }

const api = { resetInfo: vi.fn(async () => info), useReset: vi.fn(async () => ana) }
const over = vi.fn()
const signedIn = vi.fn()
let reset: PasswordReset

beforeEach(() => {
  vi.clearAllMocks()
  reset = new PasswordReset(api as unknown as Api, 'secret', over, signedIn)
})

test('shows whose password it is, and signs a participant in', async () => {
  expect(reset.state).toBe('opening')
  await reset.read()
  expect(api.resetInfo).toHaveBeenCalledWith('secret')
  expect([reset.state, reset.info]).toEqual(['ready', info])
  await reset.choose('three blind mice')
  expect(api.useReset).toHaveBeenCalledWith('secret', 'three blind mice')
  expect(signedIn).toHaveBeenCalledWith(ana)
  expect(over).toHaveBeenCalledOnce()
})

test('says what the link removes, before and after', async () => {
  api.resetInfo.mockResolvedValueOnce({ ...info, passkeys: 1, recovery_codes: 9 })
  await reset.read()
  expect(reset.removes).toBe('passkeys and recovery codes')
  await reset.choose('three blind mice')
  expect([reset.state, reset.removes]).toEqual(['removed', 'passkeys and recovery codes'])
  expect(signedIn).not.toHaveBeenCalled()
  reset.proceed()
  expect(signedIn).toHaveBeenCalledWith(ana)
})

test('sends a user of the firm to the app', async () => {
  await reset.read()
  api.useReset.mockResolvedValueOnce({ ...ana, user: true })
  await reset.choose('three blind mice')
  expect(reset.state).toBe('done')
  expect(signedIn).not.toHaveBeenCalled()
})

test('ends with a link that has expired or was used', async () => {
  api.resetInfo.mockRejectedValueOnce(expired)
  await reset.read()
  expect(reset.state).toBe('expired')
  expect(over).toHaveBeenCalledOnce()

  const used = new PasswordReset(api as unknown as Api, 'secret', over, signedIn)
  await used.read()
  api.useReset.mockRejectedValueOnce(expired)
  await used.choose('three blind mice')
  expect(used.state).toBe('expired')
})

test('keeps the link while the portal is away', async () => {
  api.resetInfo.mockRejectedValueOnce(unreachable)
  await reset.read()
  expect([reset.state, reset.problem]).toEqual(['away', unreachable.message]) // nothing has been typed yet
  expect(over).not.toHaveBeenCalled()
  await reset.read()
  expect(reset.state).toBe('ready')

  api.useReset.mockRejectedValueOnce(unreachable)
  await reset.choose('three blind mice')
  expect(reset.state).toBe('ready')
  expect(reset.problem).toContain('What you typed stays here')
  await reset.choose('three blind mice')
  expect(signedIn).toHaveBeenCalledOnce()
})

test('shows at the field why a password is refused', async () => {
  await reset.read()
  api.useReset.mockRejectedValueOnce(weak)
  await reset.choose('password123')
  expect([reset.passwordProblem, reset.problem]).toEqual([weak.message, ''])
})

test('reads whose password it is only once', async () => {
  await reset.read()
  await reset.read()
  expect(api.resetInfo).toHaveBeenCalledOnce()
})

test('stays open for the password when an earlier try fails late', async () => {
  let fail: (why: unknown) => void = () => {}
  api.resetInfo.mockImplementationOnce(() => new Promise((_, refuse) => (fail = refuse)))
  const tries = [reset.read(), reset.read()]
  fail(unreachable)
  await Promise.all(tries)
  expect([reset.state, reset.failure]).toEqual(['ready', undefined])
})
