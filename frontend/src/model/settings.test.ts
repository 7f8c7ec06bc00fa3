import { expect, it } from 'vitest'
import { FakeBackend } from '../fake/window'
import { Settings } from './settings.svelte'

it('applies changes at once and saves them in order', async () => {
  const backend = new FakeBackend()
  const settings = new Settings(backend)
  await settings.read()
  void settings.change({ theme: 'dark' })
  const kept = settings.change({ text_size: 130 })
  expect(settings.value.theme).toBe('dark')
  await kept
  expect(backend.savedSettings).toMatchObject({ theme: 'dark', text_size: 130 })
})

it("undoes a change that couldn't be saved, and shows why", async () => {
  const backend = new FakeBackend()
  const settings = new Settings(backend)
  await settings.read()
  backend.fails.set('changeSettings', { code: 'disk_full', message: 'The disk is full.', field: '' })
  await settings.change({ theme: 'dark' })
  expect(settings.value.theme).toBe('system')
  expect(settings.failure?.message).toBe('The disk is full.')
})

it("doesn't undo a change because of an earlier read", async () => {
  const backend = new FakeBackend()
  const settings = new Settings(backend)
  await settings.read()
  const release = backend.block('settings')
  void backend.pause('hour') // in the tray
  const kept = settings.change({ theme: 'dark' })
  release()
  await kept
  expect(settings.value.theme).toBe('dark')
})

it('shows a pause, also one set in the tray', async () => {
  const backend = new FakeBackend()
  const settings = new Settings(backend)
  await settings.pause('hour')
  expect(backend.calls).toContain('pause hour')
  expect(settings.value.paused_until).toBeGreaterThan(0)
  await backend.pause('')
  await settings.read()
  expect(settings.value.paused_until).toBe(0)
})

it('shows where the diagnostics are until the sheet is opened again', async () => {
  const settings = new Settings(new FakeBackend())
  await settings.saveDiagnostics()
  expect(settings.saved).toBe('/data/diagnostics.txt')
  settings.show('settings')
  expect(settings.saved).toBe('')
})
