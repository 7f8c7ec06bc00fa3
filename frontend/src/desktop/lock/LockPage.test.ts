import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { FakeBackend } from '../../fake/window'
import { Settings } from '../../model/settings.svelte'
import App from '../App.svelte'

let backend: FakeBackend
const locked =
  "Your matters on this computer are locked because Matterline hasn't reached the portal for 14 days. Connect to the internet to unlock them."

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
})

async function open() {
  render(App, { backend, settings: new Settings(backend) })
  await screen.findByRole('heading', { name: 'Matterline is locked' })
}

it('covers the window, and asks for nothing in the copy', async () => {
  backend.tellSession({ locked })
  const problem = "Couldn't reach the portal."
  backend.tellFreshness({ state: 'offline', problem, next: 'try_again', waiting: 1 })
  await open()
  await screen.findByText(locked)
  await screen.findByText('Offline, 1 waiting to send')
  await screen.findByText(problem)
  expect(document.activeElement?.textContent).toBe('Matterline is locked')
  expect(screen.queryByText('Okafor')).toBeNull()
  expect(backend.calls.filter((call) => /^(matters|people|chat|alerts|users)/.test(call))).toEqual([])
  await fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
  expect(backend.calls).toContain('tryAgain')
})

it('shows the window again once the portal has answered', async () => {
  backend.tellSession({ locked })
  await open()
  backend.tellSession({ locked: '' })
  await screen.findByText('No matter open')
  expect(screen.queryByText(locked)).toBeNull()
  backend.tellSession({ locked })
  await screen.findByText(locked)
  expect(screen.queryByText('No matter open')).toBeNull()
})

it('lets the user sign in if the session has ended', async () => {
  backend.tellSession({ locked: "Your matters on this computer are locked because you're signed out." })
  backend.tellFreshness({ state: 'signed_out', problem: 'Please sign in again.', next: 'sign_in' })
  await open()
  await fireEvent.input(await screen.findByLabelText('Email'), { target: { value: 'maya@firm.example' } })
  await fireEvent.input(screen.getByLabelText('Password'), { target: { value: 'four words are enough' } })
  await fireEvent.click(screen.getByRole('button', { name: 'Sign in' }))
  await vi.waitFor(() =>
    expect(backend.calls).toContain('signIn https://portal.example maya@firm.example four words are enough'),
  )
})

it('leads to the other accounts', async () => {
  backend.tellSession({ locked })
  await open()
  await fireEvent.click(screen.getByRole('button', { name: 'Use another account' }))
  await screen.findByRole('heading', { name: 'Welcome to Matterline' })
})
