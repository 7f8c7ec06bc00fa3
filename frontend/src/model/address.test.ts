import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Address } from './address.svelte'
import { FakeBackend } from '../fake/window'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const settle = () => vi.advanceTimersByTimeAsync(1_000)

it('checks the address once, after a pause in typing', async () => {
  const backend = new FakeBackend()
  const address = new Address(backend)
  for (const text of ['p', 'po', 'portal.example']) address.type(text)
  await settle()
  expect(address.found?.firm).toBe('Firm of portal.example')
  expect(backend.calls).toEqual(['checkPortal portal.example'])
})

it('shows the problem until the user types on', async () => {
  const backend = new FakeBackend()
  backend.fails.set('checkPortal', { code: 'unreachable', message: 'It does not answer.', field: '' })
  const address = new Address(backend, 'portal.example')
  await settle()
  expect(address.failure?.message).toBe('It does not answer.')
  address.type('portal.example.com')
  expect(address.failure).toBeUndefined()
})

it('ignores the answer for an earlier text', async () => {
  const backend = new FakeBackend()
  const release = backend.block('checkPortal')
  const address = new Address(backend, 'old.example')
  await settle()
  expect(address.asking).toBe(true)
  address.type('')
  release()
  await settle()
  expect(address.found).toBeUndefined()
  expect(address.asking).toBe(false)
})
