import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { FakeBackend } from '../../fake/window'
import { Settings } from '../../model/settings.svelte'
import App from '../App.svelte'

let backend: FakeBackend

beforeEach(() => {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  )
  backend = new FakeBackend()
  backend.addMatter({
    ...{ id: 'okafor', reference: '2026-0147', title: 'Okafor', type: 'Conveyancing', opened_at: 1 },
    ...{ assigned: 'maya', assigned_name: 'Maya Hart', mine: true },
  })
  backend.tellSession({ must_change: true })
})

async function open() {
  render(App, { backend, settings: new Settings(backend) })
  await screen.findByRole('heading', { name: 'Choose your own password' })
}

it('comes before anything of the matters is shown or read', async () => {
  await open()
  expect(document.activeElement).toBe(screen.getByLabelText('Current password'))
  expect(screen.queryByText('Okafor')).toBeNull()
  expect(backend.calls.filter((call) => /^(matters|people|chat|alerts|users)/.test(call))).toEqual([])
  await fireEvent.input(screen.getByLabelText('Current password'), { target: { value: backend.password } })
  await fireEvent.input(screen.getByLabelText('New password'), { target: { value: 'another four words' } })
  await fireEvent.click(screen.getByRole('button', { name: 'Change password' }))
  await screen.findByText('No matter open')
})

it('waits for the portal, and for a sign-in', async () => {
  backend.tellFreshness({ state: 'offline' })
  await open()
  await screen.findByText(/Not connected to the portal/)
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Change password' }).disabled).toBe(true)
  backend.tellFreshness({ state: 'signed_out', problem: 'Please sign in again.', next: 'sign_in' })
  await screen.findByRole('button', { name: 'Sign in' })
})
