import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it } from 'vitest'
import type { Freshness as FreshnessNow } from '../model/backend'
import { FakeBackend } from '../model/fake'
import { Freshness } from '../model/freshness.svelte'
import { Session } from '../model/session.svelte'
import FreshnessLine from './FreshnessLine.svelte'

let backend: FakeBackend

beforeEach(() => {
  backend = new FakeBackend()
})

async function show(f: Partial<FreshnessNow>) {
  backend.tellFreshness(f)
  render(FreshnessLine, { freshness: new Freshness(backend), session: new Session(backend) })
  return screen.findByRole('button')
}

it('has nothing to explain while all is well', async () => {
  render(FreshnessLine, { freshness: new Freshness(backend), session: new Session(backend) })
  await screen.findByText('Up to date')
  expect(screen.queryByRole('button')).toBeNull()
})

it('says what is wrong, and tries again when it is asked to', async () => {
  const line = await show({ state: 'proxy', problem: 'The proxy asks for a sign-in.', next: 'try_again' })
  await fireEvent.click(line)
  await screen.findByText('The proxy asks for a sign-in.')
  await fireEvent.click(await screen.findByRole('button', { name: 'Try again' }))
  expect(backend.asked).toContain('tryAgain')
})

it('leads to the way in when the session has ended', async () => {
  const line = await show({ state: 'signed_out', problem: 'You are signed out.', next: 'sign_in' })
  await fireEvent.click(line)
  await fireEvent.click(await screen.findByRole('button', { name: 'Sign in' }))
  await screen.findByRole('dialog', { name: 'Sign in again' })
})

it('lets one change a wrong address', async () => {
  const line = await show({ state: 'wrong_address', problem: 'That is no portal.', next: 'try_again' })
  await fireEvent.click(line)
  await fireEvent.click(await screen.findByRole('button', { name: 'Change the address' }))
  await screen.findByRole('dialog', { name: 'Sign in again' })
})
