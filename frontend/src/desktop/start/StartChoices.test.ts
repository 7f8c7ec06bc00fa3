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
