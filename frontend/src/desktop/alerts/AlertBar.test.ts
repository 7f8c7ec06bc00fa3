import { render, screen } from '@testing-library/svelte'
import { tick } from 'svelte'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Alerts } from '../../model/alerts.svelte'
import { FakeBackend } from '../../fake/window'
import AlertBar from './AlertBar.svelte'

let backend: FakeBackend

beforeEach(() => {
  // jsdom lays nothing out: everything is given the same width.
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  )
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(800)
  backend = new FakeBackend()
  backend.addMatter({
    ...{ id: 'okafor', reference: '2026-0147', title: 'Okafor', type: 'Conveyancing', opened_at: 1 },
    ...{ assigned: 'maya', assigned_name: 'Maya Hart', mine: true },
  })
  backend.addPerson('okafor', { id: 'ana', name: 'Ana Okafor' })
})
afterEach(() => vi.unstubAllGlobals())

it('is always there, and quiet without alerts', async () => {
  render(AlertBar, { alerts: new Alerts(backend), onopen: vi.fn() })
  await tick()
  expect(screen.getByRole('contentinfo').textContent).toContain('Portal Chat')
  expect(screen.getByText('Nothing new')).toBeTruthy()
})

it('opens the chat of an alert', async () => {
  const onopen = vi.fn()
  const alerts = new Alerts(backend)
  render(AlertBar, { alerts, onopen })
  backend.receive('ana', 'Does that leave us enough time?')
  await alerts.refresh()
  await tick()
  screen.getByRole('button', { name: /Ana Okafor/ }).click()
  expect(onopen.mock.lastCall![0]).toMatchObject({ matter: 'okafor', participant: 'ana' })
})

// The bar once measured an element that was gone, and showed nothing from the second alert on.
it('shows an alert that arrives after it was quiet', async () => {
  const alerts = new Alerts(backend)
  render(AlertBar, { alerts, onopen: vi.fn() })
  for (const text of ['First', 'Second']) {
    const { version } = backend.receive('ana', text)
    await alerts.refresh()
    await tick()
    expect(screen.getByText(text)).toBeTruthy()
    await backend.markRead('ana', version)
    await alerts.refresh()
    await tick()
    expect(screen.getByText('Nothing new')).toBeTruthy()
  }
})
