import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, expect, it } from 'vitest'
import { FakeBackend } from '../../fake/window'
import { Confirming } from '../../model/confirming.svelte'
import { Firm } from '../../model/firm.svelte'
import { Freshness } from '../../model/freshness.svelte'
import InviteDialog from './InviteDialog.svelte'

let backend: FakeBackend
let firm: Firm
const ana = { id: 'ana', name: 'Ana Okafor', joined: false }

beforeEach(async () => {
  backend = new FakeBackend()
  firm = new Firm(backend, new Freshness(backend), 'maya', new Confirming(backend))
  await firm.refresh()
  await firm.invitation('ana').make()
})

/** The buttons of the dialog. */
const buttons = () => screen.getAllByRole('button').map((button) => button.textContent.trim())

it('says that the participant has joined, and offers no links any more', async () => {
  const { rerender } = render(InviteDialog, { who: ana, firm })
  expect(buttons()).toEqual(['Copy', 'Revoke link', 'New link', 'Close'])
  await rerender({ who: { ...ana, joined: true, email: 'ana@example.com' } })
  await screen.findByText(/Ana Okafor has joined as ana@example.com\. .* remove them from the matter\./)
  expect(buttons()).toEqual(['Close'])
  expect(document.activeElement?.textContent).toBe('Close')
})

it("doesn't say that a link was revoked which the participant has used", async () => {
  backend.fails.set('revokeInvitation', { code: 'taken', message: 'Joined.', field: '' })
  render(InviteDialog, { who: ana, firm })
  await fireEvent.click(screen.getByRole('button', { name: 'Revoke link' }))
  await screen.findByText(/Ana Okafor has joined\. .* remove them from the matter\./)
  expect(screen.queryByText(/no longer works/)).toBeNull()
  expect(buttons()).toEqual(['Close'])
})
