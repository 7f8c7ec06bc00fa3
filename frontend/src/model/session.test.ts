import { expect, it, vi } from 'vitest'
import { FakeBackend } from '../fake/window'
import { Session } from './session.svelte'

it('is read again if it changed during a read', async () => {
  const backend = new FakeBackend()
  backend.state.state = 'starting'
  const release = backend.block('session')
  const session = new Session(backend)
  backend.tellSession({ state: 'in', name: 'Maya Hart' })
  release()
  await session.refresh()
  expect(session.value.state).toBe('in')
})

it('shows the window once the user is signed in', async () => {
  const backend = new FakeBackend()
  backend.state.state = 'out'
  const session = new Session(backend)
  await session.startDemo()
  expect(session.value.state).toBe('in')
})

it('shows why signing in failed, until the next attempt', async () => {
  const backend = new FakeBackend()
  const session = new Session(backend)
  const refused = { code: 'wrong_password', message: 'They do not belong together.', field: 'password' }
  backend.fails.set('signIn', refused)
  expect(await session.signIn('portal.example', 'maya@example.com', 'x')).toBe(false)
  expect(session.signInFailure).toEqual(refused)
  expect(await session.signIn('portal.example', 'maya@example.com', 'y')).toBe(true)
  expect(session.signInFailure).toBeUndefined()
})

it('cancels a slow sign-in without an error', async () => {
  const backend = new FakeBackend()
  const session = new Session(backend)
  const release = backend.block('signIn')
  const trying = session.signIn('portal.example', 'maya@example.com', 'x')
  session.cancelSignIn()
  expect(backend.calls).toContain('cancelSignIn')
  backend.fails.set('signIn', { code: 'unreachable', message: 'It does not answer.', field: 'address' })
  release()
  expect(await trying).toBe(false)
  expect([session.signInFailure, session.signingIn]).toEqual([undefined, false])
})

it('runs one sign-in at a time', async () => {
  const backend = new FakeBackend()
  const session = new Session(backend)
  await Promise.all([session.startDemo(), session.startDemo()])
  expect(backend.calls.filter((call) => call === 'startDemo')).toHaveLength(1)
})

it('lists accounts, most recent sign-in first, and switches between them', async () => {
  const backend = new FakeBackend()
  const account = (key: string) => ({
    ...{ key, name: key, firm: '', portal: '', demo: false, unread: 0, note: '' },
  })
  backend.savedAccounts = [account('maya'), account('tom')]
  const session = new Session(backend)
  await session.readAccounts()
  expect(session.accounts.map((a) => a.key)).toEqual(['tom', 'maya'])
  await session.switchTo(session.accounts[0])
  expect(session.value.key).toBe('tom')
})

it('saves what is typed before another account is shown, and hides the window meanwhile', async () => {
  const backend = new FakeBackend()
  const session = new Session(backend)
  await session.refresh()
  const stop = session.beforeLeaving(() =>
    backend.saveDraft('ana', { text: 'half', set_status: false }).catch(() => {}),
  )
  const release = backend.block('switchToChat')
  const at = { account: 'tom', matter: 'okafor', participant: 'ben' }
  const switched = session.switchTo({ key: 'tom' }, at)
  await vi.waitFor(() => expect(session.switching).toBe(true))
  release()
  expect(await switched).toBe(true)
  expect(session.switching).toBe(false)
  expect(backend.calls.filter((call) => /saveDraft|switchToChat/.test(call))).toEqual([
    'saveDraft ana half',
    'switchToChat tom ben',
  ])
  expect(await backend.takeChatToOpen()).toEqual(at)
  stop()
})

it('stays with an account if another cannot be shown', async () => {
  const backend = new FakeBackend()
  const session = new Session(backend)
  await session.refresh()
  const damaged = { code: 'disk_failed', message: 'It could not be read.', field: '' }
  backend.fails.set('switchTo', damaged)
  expect(await session.switchTo({ key: 'tom' })).toBe(false)
  expect([session.value.key, session.switching, session.switchFailure]).toEqual(['maya', false, damaged])
})

it('shows which field prevents creating a firm', async () => {
  const backend = new FakeBackend()
  const session = new Session(backend)
  const refused = { code: 'weak_password', message: 'It is too short.', field: 'password' }
  backend.fails.set('createFirm', refused)
  expect(await session.createFirm('Hart & Co.', 'Maya', 'maya@firm.example', 'x')).toBe(false)
  expect(session.signInFailure).toEqual(refused)
  session.cancelSignIn()
  expect(session.signInFailure).toBeUndefined()
})

it('lists an account no longer if it turns out to be gone', async () => {
  const backend = new FakeBackend()
  backend.state.state = 'out'
  backend.savedAccounts = [
    { key: 'maya', name: 'Maya Hart', firm: '', portal: '', demo: false, unread: 0, note: '' },
  ]
  const session = new Session(backend)
  await session.readAccounts()
  const [maya] = session.accounts
  backend.savedAccounts = []
  const erased = { code: 'signed_out', message: 'Your access was ended by the firm.', field: '' }
  backend.fails.set('switchTo', erased)
  expect(await session.switchTo(maya)).toBe(false)
  expect([session.accounts, session.signInFailure]).toEqual([[], erased])
})

it("waits for the browser while the user signs in with the firm's account", async () => {
  const backend = new FakeBackend()
  backend.state.state = 'out'
  const session = new Session(backend)
  let reject: (why: unknown) => void = () => {}
  backend.signInAtProvider = () => new Promise<void>((...ends) => (reject = ends[1]))
  const entered = session.signInAtProvider('https://portal.example')
  expect([session.inBrowser, session.signingIn]).toEqual([true, true])
  session.cancelSignIn()
  reject({ code: 'link_expired', message: 'You canceled. Start again.', field: '' })
  expect(await entered).toBe(false)
  expect([session.inBrowser, session.signingIn, session.signInFailure]).toEqual([false, false, undefined])

  const refused = { code: 'not_allowed', message: 'This user is deactivated. Ask an admin.', field: '' }
  backend.signInAtProvider = () => Promise.reject(refused)
  expect(await session.signInAtProvider('https://portal.example')).toBe(false)
  expect(session.signInFailure).toEqual(refused)
})
