import { fireEvent, render, screen } from '@testing-library/svelte'
import { tick } from 'svelte'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Alerts } from '../../model/alerts.svelte'
import { Snackbar } from '../../model/snackbar.svelte'
import { FakeBackend } from '../../fake/window'
import AlertBar from './AlertBar.svelte'

let backend: FakeBackend
let alerts: Alerts
let snackbar: Snackbar

function open(onopen = vi.fn()) {
  alerts = new Alerts(backend)
  snackbar = new Snackbar()
  render(AlertBar, { alerts, snackbar, inSight: '', preview: true, onopen })
  return onopen
}

/** A message arrives, and the bar shows it. */
async function receive(participant: string, text: string) {
  const message = backend.receive(participant, text)
  await alerts.refresh()
  await tick()
  return message
}

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
  backend.addPerson('okafor', { id: 'ben', name: 'Ben Okafor' })
})
afterEach(() => vi.unstubAllGlobals())

it('is always there, and quiet without alerts', async () => {
  open()
  await tick()
  expect(screen.getByRole('contentinfo').textContent).toContain('Portal Chat')
  expect(screen.getByText('Nothing new')).toBeTruthy()
})

it('opens the chat of an alert', async () => {
  const onopen = open()
  await receive('ana', 'Does that leave us enough time?')
  screen.getByRole('button', { name: /Ana Okafor/ }).click()
  expect(onopen.mock.lastCall![0]).toMatchObject({ matter: 'okafor', participant: 'ana' })
})

// The bar once measured an element that was gone, and showed nothing from the second alert on.
it('shows an alert that arrives after it was quiet', async () => {
  open()
  for (const text of ['First', 'Second']) {
    const { version } = await receive('ana', text)
    expect(screen.getByText(text)).toBeTruthy()
    await backend.markRead('ana', version)
    await alerts.refresh()
    await tick()
    expect(screen.getByText('Nothing new')).toBeTruthy()
  }
})

const alert = (name: RegExp) => screen.getByRole('button', { name })
const press = (key: string, more: KeyboardEventInit = {}) =>
  fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more })

it('marks a chat as read up to the message of its alert, without opening it', async () => {
  const onopen = open()
  const { version } = await receive('ana', 'First')
  backend.receive('ana', 'Not in the bar yet')
  screen.getByRole('button', { name: 'Mark as read' }).click()
  await vi.waitFor(() => expect(screen.getByText('Not in the bar yet')).toBeTruthy())
  expect(backend.calls).toContain(`markAlertRead maya ana ${version}`)
  expect(onopen).not.toHaveBeenCalled()
})

it('says why a chat could not be marked as read', async () => {
  open()
  await receive('ana', 'First')
  backend.fails.set('markAlertRead', { code: 'disk_failed', message: 'The disk is full.', field: '' })
  screen.getByRole('button', { name: 'Mark as read' }).click()
  await vi.waitFor(() => expect(snackbar.value?.text).toBe('The disk is full.'))
  expect(alert(/Ana Okafor/)).toBeTruthy()
})

it('shows a reminder that is due', async () => {
  open()
  const { version } = await receive('ana', 'First')
  await backend.markRead('ana', version)
  await backend.setReminder('ana', Date.now() - 1, version)
  await alerts.refresh()
  await tick()
  expect(alert(/Ana Okafor Reminder First/)).toBeTruthy()
  expect(alerts.count).toBe(1)
})

it('opens the alert with a number, and not while a dialog is open', async () => {
  const onopen = open()
  await receive('ana', 'First')
  backend.receive('ben', 'Second', 2_000)
  await alerts.refresh()
  await tick()
  expect(alert(/Ana Okafor/).title).toBe('Okafor · Ctrl 2')
  const dialog = document.body.appendChild(document.createElement('div'))
  dialog.setAttribute('role', 'dialog')
  await press('2', { code: 'Digit2', ctrlKey: true })
  dialog.remove()
  await press('2', { code: 'Digit2', ctrlKey: true, altKey: true }) // AltGr on Windows
  await press('3', { code: 'Digit3', ctrlKey: true })
  expect(onopen).not.toHaveBeenCalled()
  await press('é', { code: 'Digit2', ctrlKey: true }) // on a French keyboard
  expect(onopen.mock.lastCall![0]).toMatchObject({ participant: 'ana' })
})

it('has the focus with F6, one tab stop, and gives the focus back', async () => {
  const box = document.body.appendChild(document.createElement('textarea'))
  open()
  box.focus()
  await press('F6')
  expect(document.activeElement).toBe(screen.getByRole('contentinfo'))
  await press('F6')
  expect(document.activeElement).toBe(box)

  await receive('ana', 'First')
  backend.receive('ben', 'Second', 2_000)
  await alerts.refresh()
  await tick()
  await press('F6')
  expect(document.activeElement).toBe(alert(/Ben Okafor/))
  await press('ArrowRight')
  expect(document.activeElement).toBe(alert(/Ana Okafor/))
  const stops = screen.getAllByRole('button').filter((button) => button.tabIndex === 0)
  expect(stops.map((button) => button.textContent)).toEqual([expect.stringContaining('Ana Okafor'), '', ''])
  await press('F6')
  expect(document.activeElement).toBe(box)
  box.remove()
})

it('announces a new alert to screen readers once', async () => {
  backend.receive('ana', 'There at the start')
  open()
  await alerts.refresh()
  await tick()
  const said = () => screen.getByRole('status').textContent
  expect(said()).toBe('')
  await receive('ben', 'New')
  expect(said()).toBe('New message from Ben Okafor, Okafor')
  const spoken = screen.getByRole('status').firstElementChild
  await receive('ben', 'More')
  expect(screen.getByRole('status').firstElementChild, 'said again').toBe(spoken)
})
