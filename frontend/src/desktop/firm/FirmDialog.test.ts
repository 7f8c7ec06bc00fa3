import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import { FakeBackend } from '../../fake/window'
import { Confirming } from '../../model/confirming.svelte'
import { Firm } from '../../model/firm.svelte'
import { Freshness } from '../../model/freshness.svelte'
import { setLeaveGuard } from '../forms/leaveguard'
import FirmDialog from './FirmDialog.svelte'

/** The dialog in a window that lets the user leave. */
const InWindow: typeof FirmDialog = (internals, props) => {
  setLeaveGuard(() => () => {})
  return FirmDialog(internals, props)
}

it('shows that it reads the settings, why it cannot, and then the newest', async () => {
  const backend = new FakeBackend()
  const firm = new Firm(backend, new Freshness(backend), 'maya', new Confirming(backend))
  await firm.refresh()
  backend.firm = { ...backend.firm, offline_days: 3 }
  const answer = backend.block('readFirmSettings')
  backend.fails.set('readFirmSettings', {
    code: 'unreachable',
    message: "Couldn't reach the portal.",
    field: '',
  })
  render(InWindow, { open: true, firm })
  await screen.findByText('Reading the settings…')
  expect(screen.queryByRole('button', { name: 'Save' })).toBeNull()
  answer()
  await screen.findByText("Couldn't reach the portal.")
  await fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
  await screen.findByRole('button', { name: 'Save' })
  expect((screen.getByLabelText(/offline for/) as HTMLInputElement).value).toBe('3')
  await fireEvent.click(screen.getByRole('button', { name: 'Cancel' }))
  await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
})
