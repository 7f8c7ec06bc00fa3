import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { device } from '../fake/account'
import { FakeBackend } from '../fake/window'
import { Confirming } from './confirming.svelte'
import { Firm } from './firm.svelte'
import { Freshness } from './freshness.svelte'

let backend: FakeBackend
let firm: Firm
let confirming: Confirming
let freshness: Freshness

const okafor = () => backend.matter('okafor')
const said = () => firm.snackbar.value?.text

beforeEach(async () => {
  backend = new FakeBackend()
  backend.addMatter({
    ...{ id: 'okafor', reference: '2026-0147', title: 'Okafor', type: 'Conveyancing', opened_at: 1 },
    ...{ assigned: 'maya', assigned_name: 'Maya Hart', mine: true },
  })
  backend.addPerson('okafor', { id: 'ana', name: 'Ana Okafor' })
  freshness = new Freshness(backend)
  confirming = new Confirming(backend)
  firm = new Firm(backend, freshness, 'maya', confirming)
  await firm.refresh()
})
afterEach(() => firm.snackbar.dismiss())

describe('matters', () => {
  it('opens a new matter once it has arrived', async () => {
    const opened = vi.fn()
    const form = firm.newMatter(opened)
    Object.assign(form.values, { reference: '2026-0200', title: 'Elm', type: 'Lease', team: ['leah'] })
    expect(await form.save()).toBe(true)
    expect(opened).toHaveBeenCalledWith('2026-0200')
    expect(await backend.matter('2026-0200')).toMatchObject({ mine: true, team: ['leah'] })
  })

  it('keeps the assigned user off the team', async () => {
    const form = firm.newMatter(() => {})
    Object.assign(form.values, {
      reference: '1',
      title: 'Elm',
      type: 'Lease',
      assigned: 'leah',
      team: ['leah', 'maya'],
    })
    await form.save()
    expect((await backend.matter('1')).team).toEqual(['maya'])
  })

  it("doesn't open a matter that the user can't access", async () => {
    await firm.editUser('maya', false, true)
    const opened = vi.fn()
    const form = firm.newMatter(opened)
    Object.assign(form.values, { reference: '1', title: 'Elm', type: 'Lease', assigned: 'leah' })
    expect(await form.save()).toBe(true)
    expect(opened).not.toHaveBeenCalled()
    expect(said()).toBe("Elm was created for Leah Stone. You can't open it because you're not on its team.")
  })

  it("saves the user's changes and keeps a colleague's", async () => {
    const words = firm.editMatter(await okafor())
    const team = firm.editTeam('okafor', [])
    await backend.editMatter('okafor', { reference: '2026-0148', title: 'Okafor', type: 'Lease' })
    await backend.setTeam('okafor', ['tom'])
    words.values.title = 'Okafor: 14 Elm Street'
    team.values.team = ['leah']
    expect([await words.save(), await team.save()]).toEqual([true, true])
    expect(await okafor()).toMatchObject({
      ...{ reference: '2026-0148', title: 'Okafor: 14 Elm Street', type: 'Lease' },
      team: ['tom', 'leah'],
    })
  })

  it('shows the new assigned user, and undoes it', async () => {
    await firm.assign(await okafor(), firm.users[0])
    expect(said()).toBe('Assigned to Leah Stone')
    firm.snackbar.undo()
    await vi.waitFor(() => expect(said()).toBe('Assigned to you'))
    expect((await okafor()).mine).toBe(true)
  })

  it('lets the assigned user and admins manage a matter, and the team if the firm does', async () => {
    const manages = () => ['maya', 'leah'].map((assigned) => firm.manages({ assigned }))
    expect(manages()).toEqual([true, true]) // Maya is an admin
    await firm.editUser('maya', false, true)
    expect(manages()).toEqual([true, false])
    backend.firm = { ...backend.firm, team_manages: true }
    await firm.refresh()
    expect(manages()).toEqual([true, true])
  })

  it('leaves it to the portal who manages a matter while it is not known here', async () => {
    backend.fails.set('firmSettings', { code: 'no_operation', message: '', field: '' })
    const other = new Firm(backend, freshness, 'tom', confirming)
    expect(other.manages({ assigned: 'leah' })).toBe(true)
    await other.refresh()
    expect(other.manages({ assigned: 'leah' })).toBe(true)
    await other.refresh()
    expect(other.manages({ assigned: 'leah' })).toBe(false)
  })

  it("doesn't show users before it knows what the team may do", async () => {
    const other = new Firm(backend, freshness, 'tom', confirming)
    const answer = backend.block('firmSettings')
    backend.calls = []
    const reading = other.refresh()
    await vi.waitFor(() => expect(backend.calls).toContain('firmSettings'))
    expect([other.users, other.manages({ assigned: 'leah' })]).toEqual([[], true])
    answer()
    await reading
    expect([other.users.length, other.manages({ assigned: 'leah' })]).toEqual([2, false])
  })

  it("offers no undo to a user who couldn't assign it back", async () => {
    await firm.editUser('maya', false, true)
    await firm.assign(await okafor(), firm.users[0])
    expect(firm.snackbar.value).toEqual({ text: 'Assigned to Leah Stone', undo: undefined })
  })

  it('shows that the assignment waits while offline', async () => {
    backend.tellFreshness({ state: 'offline' })
    await freshness.refresh()
    await firm.assign(await okafor(), firm.users[0])
    expect(said()).toBe('Will be assigned to Leah Stone once synced')
  })

  it('closes and reopens', async () => {
    await firm.closeMatter(await okafor(), true)
    expect((await okafor()).closed_at).toBeGreaterThan(0)
    expect(said()).toBe('Closed Okafor')
    firm.snackbar.undo()
    await vi.waitFor(() => expect(said()).toBe('Reopened Okafor'))
    expect((await okafor()).closed_at).toBe(0)
  })

  it('shows why an action failed', async () => {
    backend.fails.set('closeMatter', {
      code: 'unreachable',
      message: 'The portal does not answer.',
      field: '',
    })
    await firm.closeMatter(await okafor(), true)
    expect(firm.snackbar.value).toEqual({ text: 'The portal does not answer.', undo: undefined })
  })
})

describe('participants', () => {
  it('are added with a trimmed name', async () => {
    const added = vi.fn()
    const form = firm.addParticipant('okafor', added)
    Object.assign(form.values, { name: ' Sam Petrov ', role: 'Agent', other_side: true })
    await form.save()
    expect(added.mock.lastCall![1]).toBe('Sam Petrov')
    expect((await okafor()).participants[1]).toMatchObject({ role: 'Agent', other_side: true, joined: false })
  })

  it('are removed, and their chat stays', async () => {
    await firm.removeParticipant({ id: 'ana', name: 'Ana Okafor' })
    expect((await okafor()).participants[0].removed).toBe(true)
    expect(said()).toContain('The chat is kept.')
  })
})

describe('an invitation', () => {
  it('is kept until the window closes', async () => {
    await firm.invitation('ana').make()
    await firm.invitation('ana').copy()
    const { value, copied } = firm.invitation('ana')
    expect(backend.calls).toContain(`copy ${value!.link}`)
    expect(copied).toBe(true)
  })

  it("is replaced by a new link, which isn't copied yet", async () => {
    const invitation = firm.invitation('ana')
    await invitation.make()
    await invitation.copy()
    const first = invitation.value!.link
    await invitation.make()
    expect(invitation.value!.link).not.toBe(first)
    expect(invitation.copied).toBe(false)
  })

  it('is revoked, even if it is gone already', async () => {
    const invitation = firm.invitation('ana')
    await invitation.make()
    await invitation.revoke(0)
    expect([invitation.revoked, invitation.gone, invitation.failure]).toEqual([true, false, undefined])
    await invitation.revoke(0)
    expect([invitation.revoked, invitation.gone, invitation.failure]).toEqual([true, true, undefined])
  })

  it("isn't revoked after it was used", async () => {
    const invitation = firm.invitation('ana')
    await invitation.make()
    const failure = { code: 'taken', message: 'This person has already joined.', field: '' }
    backend.fails.set('revokeInvitation', failure)
    await invitation.revoke(0)
    expect([invitation.revoked, invitation.joined]).toEqual([false, true])
  })

  it("shows why it couldn't be created", async () => {
    const failure = { code: 'matter_closed', message: 'This matter is closed.', field: '' }
    backend.fails.set('invite', failure)
    await firm.invitation('ana').make()
    expect(firm.invitation('ana').failure).toEqual(failure)
  })
})

describe('an invitation with a PIN', () => {
  it('shows the PIN once', async () => {
    const invitation = firm.invitation('ana')
    invitation.asksPin = true
    await invitation.make()
    expect(backend.calls).toContain('invite ana with a PIN')
    expect(invitation.value).toMatchObject({ pin: '482193' })
    await invitation.copy()
    expect(backend.calls).toContain(`copy ${invitation.value!.link}`)
  })

  it('is over after too many wrong PINs, and a new one is not', async () => {
    const invitation = firm.invitation('ana')
    await invitation.make()
    expect([invitation.endedByPins(0), invitation.endedByPins(500)]).toEqual([false, true])
    await invitation.make(500)
    expect([invitation.endedByPins(500), invitation.endedByPins(900)]).toEqual([false, true])
  })
})

describe('the settings', () => {
  const form = () => firm.changeSettings()

  it('are saved and known at once', async () => {
    const changed = await form()
    Object.assign(changed.values, {
      team_manages: true,
      two_step: true,
      idle_days: ' 7 ',
      client_idle_days: '0',
    })
    expect(await changed.save()).toBe(true)
    expect(backend.firm).toEqual({
      ...{ idle_days: 7, client_idle_days: 0, absolute_days: 180, offline_days: 14 },
      ...{ read_expired: true, team_manages: true, two_step: true },
    })
    expect(firm.settings).toEqual(backend.firm)
    expect(said()).toBe('Firm settings saved')
  })

  it('are read from the portal each time', async () => {
    backend.firm = { ...backend.firm, offline_days: 3 } // by another admin, a moment ago
    expect((await form()).values.offline_days).toBe('3')
    backend.fails.set('readFirmSettings', {
      code: 'unreachable',
      message: "Couldn't reach the portal.",
      field: '',
    })
    await expect(form()).rejects.toMatchObject({ code: 'unreachable' })
  })

  it('and roles are read again when they may have changed', async () => {
    backend.firm = { ...backend.firm, team_manages: true }
    await backend.editUser('maya', false, true)
    backend.tellFirm()
    await vi.waitFor(() => expect([firm.admin, firm.settings?.team_manages]).toEqual([false, true]))
  })

  it("keep another admin's changes", async () => {
    const changed = await form()
    backend.firm = { ...backend.firm, offline_days: 3, two_step: true }
    changed.values.idle_days = '7'
    expect(await changed.save()).toBe(true)
    expect(backend.firm).toMatchObject({ idle_days: 7, offline_days: 3, two_step: true })
  })

  it('that were read before a change never replace it', async () => {
    const changed = await form()
    changed.values.idle_days = '7'
    const { firm: before, firmSettings } = backend
    let answer = () => {}
    backend.firmSettings = () => {
      backend.firmSettings = firmSettings
      return new Promise((answered) => (answer = () => answered(before)))
    }
    const reading = firm.refresh()
    const saving = changed.save()
    await vi.waitFor(() => expect(backend.firm.idle_days).toBe(7))
    answer()
    await Promise.all([reading, saving])
    expect(firm.settings?.idle_days).toBe(7)
  })

  it.each([
    ['idle_days', '0', 'Enter a number from 1 to 365.'],
    ['client_idle_days', '366', 'Enter a number from 0 to 365.'],
    ['absolute_days', '', 'Enter a number from 1 to 400.'],
    ['offline_days', '1.5', 'Enter a number from 0 to 400.'],
    ['idle_days', 'a week', 'Enter a number from 1 to 365.'],
    ['idle_days', '-3', 'Enter a number from 1 to 365.'],
    ['absolute_days', '1e2', 'Enter a number from 1 to 400.'],
    ['idle_days', '181', 'Enter at most 180: after 180 days, everyone signs in again anyway.'],
    ['client_idle_days', '365', 'Enter at most 180: after 180 days, everyone signs in again anyway.'],
  ] as const)('refuse %s of "%s"', async (field, typed, problem) => {
    const changed = await form()
    changed.values[field] = typed
    expect(await changed.save()).toBe(false)
    expect(changed.problem(field)).toBe(problem)
    expect(backend.calls).not.toContain('setFirmSettings')
  })

  it("show the portal's refusal", async () => {
    const failure = { code: 'not_allowed', message: 'Only an admin can do this.', field: '' }
    backend.fails.set('setFirmSettings', failure)
    const changed = await form()
    expect(await changed.save()).toBe(false)
    expect(changed.formProblem).toBe(failure.message)
  })
})

describe('without the portal', () => {
  it('shows what it waits for', async () => {
    for (const [state, why] of [
      ['current', /^$/],
      ['offline', /Not connected to the portal/],
      ['signed_out', /signed out/],
      ['current', /^$/],
    ] as const) {
      backend.tellFreshness({ state })
      await freshness.refresh()
      expect(firm.unavailable).toMatch(why)
    }
  })

  it('still knows the users', async () => {
    backend.fails.set('users', { code: 'unreachable', message: 'The portal does not answer.', field: '' })
    await firm.refresh()
    expect(firm.users).toHaveLength(2)
  })
})

describe('users', () => {
  it('have their email beside the name if another name looks the same', async () => {
    backend.accounts = backend.accounts.map((user) => ({ ...user, alike: user.id === 'leah' }))
    await firm.refresh()
    expect(['leah', 'maya', 'nobody'].map((id) => firm.detailOf(id))).toEqual(['leah@firm.example', '', ''])
  })

  it('manage the firm as admins', async () => {
    expect(firm.admin).toBe(true)
    await firm.editUser('maya', false, true)
    expect(firm.admin).toBe(false)
  })

  it('are added, and choose their password with a link', async () => {
    const added = vi.fn()
    const form = firm.addUser(added)
    Object.assign(form.values, { name: ' Tom Reyes ', email: 'tom@firm.example' })
    await form.save()
    expect(firm.active).toHaveLength(3)
    expect(added).toHaveBeenCalledWith('tom@firm.example', 'Tom Reyes', true)
    expect(firm.resetLink('tom@firm.example').value!.link).toMatch(/\/reset#/)
  })

  it('get no link where the firm forbids passwords', async () => {
    backend.state.sso_only = true
    const added = vi.fn()
    const form = firm.addUser(added)
    Object.assign(form.values, { name: 'Tom Reyes', email: 'tom@firm.example' })
    await form.save()
    expect(added).toHaveBeenCalledWith('tom@firm.example', 'Tom Reyes', false)
  })

  it('get another email', async () => {
    const form = firm.setEmail(firm.users.find((user) => user.id === 'leah')!)
    form.values.email = ' leah.stone@hartwell.example '
    await form.save()
    expect(backend.calls).toContain('setEmail leah leah.stone@hartwell.example')
    expect(firm.users.find((user) => user.id === 'leah')?.email).toBe('leah.stone@hartwell.example')
  })

  it("are unlinked from the firm's account", async () => {
    await firm.unlinkProvider('leah')
    expect(backend.calls).toContain('unlinkProvider leah')
  })
})

describe('a password of someone else', () => {
  it("isn't said to be copied while its link is being replaced", async () => {
    const link = firm.resetLink('leah')
    await link.make()
    const answer = backend.block('resetPassword')
    const making = link.make()
    await link.copy()
    expect(link.copied).toBe(false)
    answer()
    await making
    expect(link.copied).toBe(false)
  })

  it('is reset with a link, which is kept until the window closes', async () => {
    await firm.resetLink('leah').make()
    await firm.resetLink('leah').copy()
    const { value, copied } = firm.resetLink('leah')
    expect(backend.calls).toContain(`copy ${value!.link}`)
    expect(copied).toBe(true)
    await firm.resetLink('leah').make()
    expect(firm.resetLink('leah').value!.link).not.toBe(value!.link)
  })

  it("shows why the link couldn't be made", async () => {
    await firm.resetLink('nobody').make()
    expect(firm.resetLink('nobody').failure?.code).toBe('not_found')
  })

  it('is signed out everywhere at once, and its devices delete their copies', async () => {
    backend.signedIn.set('leah', [device('laptop'), device('phone', { ended_at: 1 })])
    backend.fails.set('signOutDeviceOf', { code: 'not_found', message: '', field: '' })
    backend.calls = []
    await firm.endAccess('leah')
    expect(backend.calls).toEqual([
      'devicesOf leah',
      'signOutDeviceOf leah laptop and erase',
      'signOutDeviceOf leah phone and erase',
    ])
    backend.fails.set('signOutDeviceOf', { code: 'unreachable', message: '', field: '' })
    await expect(firm.endAccess('leah')).rejects.toMatchObject({ code: 'unreachable' })
  })

  it('is not the only thing to end: devices are signed out, too, and erased if asked', async () => {
    const [desk, laptop] = [device('desk'), device('laptop')]
    backend.signedIn.set('leah', [desk, laptop])
    const devices = firm.devicesOf('leah')
    await devices.signOut(desk)
    await devices.signOut(laptop, true)
    const erased = () =>
      Object.fromEntries(devices.all!.map(({ id, ended_at, erase }) => [id, ended_at && erase]))
    expect(erased()).toEqual({ desk: false, laptop: true })
    await devices.erase(desk) // it was stolen later
    expect(erased()).toEqual({ desk: true, laptop: true })
    expect(devices.notice).toBe('The device will delete its matters when it next reaches the portal.')
    await devices.erase(desk)
    expect(devices.failure?.code).toBe('not_found')
    expect(backend.calls).toContain('signOutDeviceOf leah desk')
    expect(backend.calls).toContain('signOutDeviceOf leah laptop and erase')
  })

  it('shows who reset it, for 30 days', async () => {
    const day = 86_400_000
    const [ana] = (await okafor()).participants
    expect(firm.resetOf(ana, 100 * day)).toBeUndefined()
    const reset = { ...ana, reset_at: 10 * day, reset_by: 'leah' }
    expect(firm.resetOf(reset, 40 * day)).toEqual({ at: 10 * day, by: 'Leah Stone', how: '' })
    expect(firm.resetOf(reset, 40 * day + 1)).toBeUndefined()
    expect(firm.resetOf({ ...reset, reset_by: 'maya' }, 11 * day)?.by).toBe('You')
    expect(firm.resetOf({ ...reset, reset_by: 'portald' }, 11 * day)).toMatchObject({
      by: 'An admin',
      how: ' with portald',
    })
    expect(firm.resetOf({ ...reset, reset_by: 'gone' }, 11 * day)?.by).toBe('An admin')
  })
})
