import { render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import { FakeBackend } from '../../fake/window'
import { Session } from '../../model/session.svelte'
import StartChoices from './StartChoices.svelte'

const erased = 'Your access was ended by the firm. Your matters on this computer were deleted.'

it('says why the access ended and what became of the copy', async () => {
  const backend = new FakeBackend()
  backend.state = { ...backend.state, state: 'out', problem: erased }
  render(StartChoices, { session: new Session(backend), ongo: vi.fn() })
  expect((await screen.findByText(erased)).getAttribute('role')).toBe('status')
  expect(screen.queryByRole('list', { name: 'Accounts on this computer' })).toBeNull()
})

it("doesn't show the window's list of accounts, which may have one that has just signed out", async () => {
  const backend = new FakeBackend()
  const [maya, tom] = ['Maya Hart', 'Tom Reyes'].map((name) => ({
    ...{ key: name, name, firm: 'Hart & Co.', portal: '', demo: false, unread: 0, note: '' },
  }))
  backend.savedAccounts = [maya, tom]
  const session = new Session(backend)
  await session.readAccounts()
  backend.savedAccounts = [tom]
  const answer = backend.block('knownAccounts')
  render(StartChoices, { session, ongo: vi.fn() })
  expect(screen.queryByText('Maya Hart')).toBeNull()
  answer()
  await screen.findByText('Tom Reyes')
  expect(screen.queryByText('Maya Hart')).toBeNull()
})
