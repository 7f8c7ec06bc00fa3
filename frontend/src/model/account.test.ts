import { beforeEach, describe, expect, it, vi } from 'vitest'
import { device, fakeRecoveryCodes } from '../fake/account'
import { FakeBackend } from '../fake/window'
import { Confirming } from './confirming.svelte'
import { Account } from './account.svelte'
import { Session } from './session.svelte'

let backend: FakeBackend
let account: Account

beforeEach(() => {
  backend = new FakeBackend()
  account = new Account(backend, new Confirming(backend))
})

describe('the own account', () => {
  it('gets a new name and email', async () => {
    const session = new Session(backend)
    const name = account.rename('Maya Hart')
    name.values.name = ' Maya Reyes '
    expect(await name.save()).toBe(true)
    const email = account.changeEmail('maya@firm.example')
    Object.assign(email.values, { email: ' maya@reyes.example ', password: backend.password })
    expect(await email.save()).toBe(true)
    await session.refresh()
    expect(session.value).toMatchObject({ name: 'Maya Reyes', email: 'maya@reyes.example' })
  })

  it('keeps its email without the right password', async () => {
    const form = account.changeEmail('maya@firm.example')
    form.values.email = 'maya@reyes.example'
    await form.save()
    expect(form.problem('password')).toBe('Enter your password.')
    expect(backend.calls).toEqual([])
    form.values.password = 'wrong'
    await form.save()
    expect(form.problem('password')).toBe('Wrong password.')
    expect(form.values.email).toBe('maya@reyes.example')
  })
})

describe('a new password', () => {
  it('is checked before it is sent', async () => {
    const form = account.changePassword()
    await form.save()
    expect(form.problem('old')).toBe('Enter your current password.')
    Object.assign(form.values, { old: 'x', chosen: 'short' })
    await form.save()
    expect(form.problem('chosen')).toContain('too short')
    expect(backend.calls).toEqual([])
  })

  it('shows what the portal refuses, at its field', async () => {
    const form = account.changePassword()
    Object.assign(form.values, { old: 'wrong', chosen: 'another four words' })
    await form.save()
    expect(form.problem('old')).toBe('Wrong password.')
    Object.assign(form.values, { old: backend.password, chosen: backend.password })
    await form.save()
    expect(form.problem('chosen')).toContain('too easy to guess')
  })

  it('ends the demand for one, and signs out the other devices', async () => {
    backend.state.must_change = true
    backend.signedIn.set('maya', [device('here', { current: true }), device('old')])
    const session = new Session(backend)
    const form = account.changePassword()
    Object.assign(form.values, { old: backend.password, chosen: 'another four words' })
    expect(await form.save()).toBe(true)
    await session.refresh()
    expect(session.value.must_change).toBe(false)
    expect(await backend.devices()).toHaveLength(1)
  })
})

describe('the devices', () => {
  it('are this one first, then the last used', async () => {
    backend.signedIn.set('maya', [
      device('older', { used_at: 1 }),
      device('newer', { used_at: 2 }),
      device('here', { current: true, used_at: 0 }),
    ])
    const devices = account.devices()
    expect(devices.all).toBeUndefined()
    await devices.read()
    expect(devices.all!.map(({ id }) => id)).toEqual(['here', 'newer', 'older'])
  })

  it('are signed out, even if they have done so themselves', async () => {
    const phone = device('phone')
    backend.signedIn.set('maya', [device('here', { current: true }), phone])
    const devices = account.devices()
    await devices.read()
    for (let times = 0; times < 2; times++) {
      await devices.signOut(phone)
      expect(devices.all).toHaveLength(1)
      expect([devices.notice, devices.failure]).toEqual(['The device has been signed out.', undefined])
    }
  })

  it('are off the list when it says so', async () => {
    const phone = device('phone')
    backend.signedIn.set('maya', [device('here', { current: true }), phone])
    const devices = account.devices()
    await devices.read()
    const answer = backend.block('devices')
    const signingOut = devices.signOut(phone)
    await vi.waitFor(() => expect(backend.calls.slice(-2)).toEqual(['signOutDevice phone', 'devices']))
    expect([devices.notice, devices.all?.length]).toEqual(['', 2])
    backend.fails.set('devices', { code: 'unreachable', message: 'The portal does not answer.', field: '' })
    answer()
    await signingOut
    expect([devices.notice, devices.all?.length]).toEqual(['The device has been signed out.', 1])
  })

  it('stay listed while the portal is away', async () => {
    const devices = account.devices()
    await devices.read()
    const failure = { code: 'unreachable', message: 'The portal does not answer.', field: '' }
    backend.fails.set('devices', failure)
    await devices.read()
    expect([devices.failure, devices.all?.length]).toEqual([failure, 1])
    await devices.read()
    expect(devices.failure).toBeUndefined()
    backend.fails.set('signOutDevice', failure)
    await devices.signOut(device('here'))
    expect([devices.failure, devices.notice]).toEqual([failure, ''])
  })
})

describe('two-step verification', () => {
  it('is turned on with the password and a code of the app', async () => {
    backend.code = '123456'
    const twoStep = account.twoStep()
    const start = twoStep.start(false)
    await start.save()
    expect(start.problem('password')).toBe('Enter your password.')
    start.values.password = 'wrong'
    await start.save()
    expect([start.problem('password'), twoStep.key]).toEqual(['Wrong password.', undefined])
    start.values.password = backend.password
    expect(await start.save()).toBe(true)
    expect(twoStep.key?.secret).toBe('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP')

    const confirm = twoStep.confirm()
    await confirm.save()
    expect(confirm.problem('code')).toContain('Enter the code')
    confirm.values.code = '000000'
    await confirm.save()
    expect([confirm.problem('code'), confirm.values.code]).toEqual([
      'This code is wrong or too old.',
      '000000',
    ])
    confirm.values.code = ' 123456'
    expect(await confirm.save()).toBe(true)
    expect([twoStep.recoveryCodes, twoStep.key]).toEqual([fakeRecoveryCodes, undefined])
    expect(backend.state.two_step).toBe(true)
  })

  it('needs a code to be set up again, and to be turned off', async () => {
    backend.code = '123456'
    backend.state.two_step = true
    const twoStep = account.twoStep()
    for (const form of [twoStep.start(true), twoStep.end()]) {
      form.values.password = backend.password
      await form.save()
      expect(form.problem('code')).toContain('Enter the code')
      form.values.code = '123456'
      expect(await form.save()).toBe(true)
    }
    expect(backend.state.two_step).toBe(false)
  })

  it('replaces the recovery codes, until the user says that they saved them', async () => {
    backend.code = '123456'
    backend.state.two_step = true
    const twoStep = account.twoStep()
    const renew = twoStep.renew()
    renew.values.password = backend.password
    await renew.save()
    expect(renew.problem('code')).toContain('Enter the code')
    renew.values.code = '000000'
    await renew.save()
    expect([renew.problem('code'), twoStep.recoveryCodes]).toEqual(['This code is wrong or too old.', []])
    renew.values.code = '123456'
    expect(await renew.save()).toBe(true)
    expect([twoStep.recoveryCodes, backend.state.recovery_codes_unsaved]).toEqual([fakeRecoveryCodes, true])

    const session = new Session(backend)
    session.recoveryCodes = twoStep.recoveryCodes
    backend.fails.set('savedRecoveryCodes', { code: 'unreachable', message: '', field: '' })
    await session.savedRecoveryCodes()
    expect([session.recoveryCodes, session.saidSaved]).toEqual([[], true])
    expect(backend.state.recovery_codes_unsaved).toBe(true)
    await session.savedRecoveryCodes()
    expect(session.value.recovery_codes_unsaved).toBe(false)
    session.close()
  })

  it('that another device has turned on needs a code all the same', async () => {
    backend.state.two_step = true
    const twoStep = account.twoStep()
    const start = twoStep.start(false)
    start.values.password = backend.password
    await start.save()
    expect([start.failure?.field, twoStep.needsCode]).toEqual(['code', true])
    Object.assign(start.values, { password: 'wrong', code: '123456' })
    await start.save()
    expect([start.failure?.field, twoStep.needsCode]).toEqual(['password', true])
  })
})
