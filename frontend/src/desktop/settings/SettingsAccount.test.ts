import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { device } from '../../fake/account'
import { FakeBackend } from '../../fake/window'
import { Confirming } from '../../model/confirming.svelte'
import { Account } from '../../model/account.svelte'
import { Session } from '../../model/session.svelte'
import SettingsAccount from './SettingsAccount.svelte'

let backend: FakeBackend

beforeEach(async () => {
  backend = new FakeBackend()
  backend.signedIn.set('maya', [device('here', { current: true }), device('phone')])
  const session = new Session(backend)
  await session.refresh()
  render(SettingsAccount, { account: new Account(backend, new Confirming(backend)), session })
  await screen.findByText('Desktop phone')
})

const click = (name: string) => fireEvent.click(screen.getByRole('button', { name }))
const type = (label: string, value: string) =>
  fireEvent.input(screen.getByLabelText(label), { target: { value } })
const called = (call: string) => vi.waitFor(() => expect(backend.calls).toContain(call))

it('keeps the form busy until the new name is there', async () => {
  await click('Change name')
  await type('Your name', 'Maya Reyes')
  const answer = backend.block('session')
  backend.calls = []
  await click('Save')
  await called('session')
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Saving…' }).disabled).toBe(true)
  expect(screen.queryByText('Name changed.')).toBeNull()
  answer()
  await screen.findByText('Name changed.')
  expect(screen.getByText('Maya Reyes')).toBeTruthy()
})

it('does not close another form when a result comes late', async () => {
  await click('Change name')
  await type('Your name', 'Maya Reyes')
  const answer = backend.block('rename')
  await click('Save')
  await click('Cancel')
  await click('Change email')
  await type('New email', 'maya@reyes.example')
  answer()
  await screen.findByText('Name changed.')
  expect(screen.getByLabelText<HTMLInputElement>('New email').value).toBe('maya@reyes.example')
})

it('lists no device that a new password has signed out', async () => {
  await click('Change password')
  await type('Current password', backend.password)
  await type('New password', 'another four words')
  const answer = backend.block('devices')
  backend.calls = []
  await click('Change password')
  await called('devices')
  expect(screen.queryByText(/^Password changed/)).toBeNull()
  answer()
  await screen.findByText(/^Password changed/)
  expect(screen.queryByText('Desktop phone')).toBeNull()
})
