import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { FakeBackend } from '../../fake/window'
import { idleAfter } from '../../model/attention'
import { watchAttention } from './attention.probe.svelte'

let backend: FakeBackend
let probe: ReturnType<typeof watchAttention>

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(document, 'hasFocus').mockReturnValue(true)
  backend = new FakeBackend()
  probe = watchAttention(backend)
})
afterEach(() => {
  probe.close()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

it('has no attention while the screen is locked', async () => {
  expect(probe.attention()).toBe(true)
  backend.lockScreen(true)
  await vi.advanceTimersByTimeAsync(0)
  expect(probe.attention()).toBe(false)
  backend.lockScreen(false)
  await vi.advanceTimersByTimeAsync(0)
  expect(probe.attention()).toBe(true)
})

it('has no attention once the user has been idle for two minutes', async () => {
  await vi.advanceTimersByTimeAsync(idleAfter - 1000)
  window.dispatchEvent(new Event('pointermove'))
  await vi.advanceTimersByTimeAsync(idleAfter - 1000)
  expect(probe.attention()).toBe(true)
  await vi.advanceTimersByTimeAsync(1000)
  expect(probe.attention()).toBe(false)
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Shift' }))
  expect(probe.attention()).toBe(true)
  await vi.advanceTimersByTimeAsync(idleAfter)
  expect(probe.attention()).toBe(false)
})
