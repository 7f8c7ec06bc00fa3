import { fireEvent, render, screen, waitFor } from '@testing-library/svelte'
import { beforeEach, expect, it } from 'vitest'
import type { Freshness as FreshnessNow } from '../../model/backend'
import { Desk } from '../../model/desk.svelte'
import { FakeBackend } from '../../fake/window'
import { Session } from '../../model/session.svelte'
import FreshnessLine from './FreshnessLine.svelte'

let backend: FakeBackend

beforeEach(() => {
  backend = new FakeBackend()
})

function line() {
  render(FreshnessLine, { desk: new Desk(backend), session: new Session(backend) })
}

async function show(f: Partial<FreshnessNow>) {
  backend.tellFreshness(f)
  line()
  return screen.findByRole('button')
}

it('explains nothing while all is well', async () => {
  line()
  await screen.findByText('Up to date')
  expect(screen.queryByRole('button')).toBeNull()
})

it('shows the problem and tries again on request', async () => {
  const line = await show({ state: 'proxy', problem: 'The proxy asks for a sign-in.', next: 'try_again' })
  await fireEvent.click(line)
  await screen.findByText('The proxy asks for a sign-in.')
  await fireEvent.click(await screen.findByRole('button', { name: 'Try again' }))
  expect(backend.calls).toContain('tryAgain')
})

it('opens the sign-in form after the session has ended', async () => {
  const line = await show({ state: 'signed_out', problem: 'You are signed out.', next: 'sign_in' })
  await fireEvent.click(line)
  await fireEvent.click(await screen.findByRole('button', { name: 'Sign in' }))
  await screen.findByRole('dialog', { name: 'Sign in again' })
})

it('knows the email when the user signs in again, selects a refused password, and can be cancelled', async () => {
  const line = await show({ state: 'signed_out', problem: 'You are signed out.', next: 'sign_in' })
  expect(line.querySelector('[title]')).toBeNull() // it would cover what the click opens
  await fireEvent.click(line)
  await fireEvent.click(await screen.findByRole('button', { name: 'Sign in' }))
  const dialog = await screen.findByRole('dialog', { name: 'Sign in again' })
  const password = await screen.findByLabelText<HTMLInputElement>('Password')
  await waitFor(() => expect(document.activeElement).toBe(password))
  expect(screen.getByLabelText<HTMLInputElement>('Email').value).toBe(backend.state.email)
  await fireEvent.click(screen.getByRole('button', { name: 'Show' }))
  expect(password.type).toBe('text')
  await fireEvent.input(password, { target: { value: 'four wurds' } })
  backend.fails.set('signIn', { code: 'wrong_password', message: 'Wrong password.', field: 'password' })
  await fireEvent.click(screen.getAllByRole('button', { name: 'Sign in' }).at(-1)!)
  await screen.findByText('Wrong password.')
  await waitFor(() => expect([password.selectionStart, password.selectionEnd]).toEqual([0, 10]))
  await fireEvent.click(screen.getByRole('button', { name: 'Cancel' }))
  await waitFor(() => expect(dialog.dataset.state).toBe('closed'))
})

it('lets the user change a wrong address', async () => {
  const line = await show({ state: 'wrong_address', problem: 'That is no portal.', next: 'try_again' })
  await fireEvent.click(line)
  await fireEvent.click(await screen.findByRole('button', { name: 'Change address' }))
  await screen.findByRole('dialog', { name: 'Sign in again' })
})

it('shows rejected items with the reason, and removes them', async () => {
  backend.addPerson('elm', { id: 'ana', name: 'Ana Okafor' })
  backend.online = false
  await backend.send('ana', ['ana'], 'The keys are here', false)
  Object.assign(backend.chats.get('ana')!.messages[0], {
    delivery: 'rejected',
    reason: 'The matter is closed.',
  })
  const line = await show({ refused: 1 })
  expect(line.textContent).toContain('1 not sent')
  await fireEvent.click(line)
  await fireEvent.click(await screen.findByRole('button', { name: 'View unsent items' }))
  await screen.findByText('The keys are here')
  await screen.findByText('Not sent. The matter is closed.')
  await fireEvent.click(screen.getByRole('button', { name: 'Remove' }))
  await fireEvent.click((await screen.findAllByRole('button', { name: 'Remove' })).at(-1)!)
  await screen.findByText('Everything has been sent.')
})
