import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { page } from '../fake/changes'
import { severalTabs } from '../fake/tabs'
import type { Api, Live } from './api'
import { storageKey } from './base'
import { ClientApp } from './clientapp.svelte'
import { unreachable } from './verdict'

beforeEach(() => {
  localStorage.clear()
  severalTabs()
})

const me = { account: 'a', name: 'Ana', user: false, firm: 'Hartwell Legal' }
const key = storageKey('account')

/** A fake portal with one matter. */
class FakeApi {
  signedOut = false
  me = async (): Promise<typeof me & { must_change?: boolean }> => me
  firm = async () => ({ name: me.firm })
  changes = async (_: string, after: number) => page(after, [], { version: 3 })
  markRead = async () => {}
  live = (listener: Live) => ({ close: () => void listener })
  heads = async () => {
    if (this.signedOut) throw { code: 'signed_out', message: 'Please sign in again.', field: '' }
    return {
      heads: { epoch: 'e', level: 1, needs: 1, matters: [{ matter: 'elm', version: 3, mark: '' }] },
      etag: 'e',
    }
  }
}

/** An open chat with text that was typed just now. */
async function typing() {
  const api = new FakeApi()
  const app = new ClientApp(api as unknown as Api)
  await app.start()
  await vi.waitFor(() => expect(app.chat).toBeDefined())
  onTestFinished(() => void app.signOut().catch(() => {}))
  app.chat!.draft.write('Half a thought', false)
  return {
    app,
    endSession: async () => {
      api.signedOut = true
      app.retry()
      await vi.waitFor(() => expect(app.state).toBe('out'))
    },
  }
}

const stored = () => JSON.stringify({ ...localStorage })

const otherTab = {
  signsOut: () => localStorage.removeItem(key),
  isHeard: () => dispatchEvent(new StorageEvent('storage', { key })),
}

test('keeps the draft when the session ends', async () => {
  const { endSession } = await typing()
  await endSession()
  await vi.waitFor(() => expect(stored()).toContain('Half a thought'))
})

test('keeps no draft when another tab has signed out', async () => {
  const { endSession } = await typing()
  otherTab.signsOut()
  await endSession()
  otherTab.isHeard()
  await new Promise(process.nextTick) // saving takes a step
  expect(stored()).not.toContain('Half a thought')
})

test('keeps no draft when the session ends before the other tab has signed out', async () => {
  const { endSession } = await typing()
  await endSession()
  await vi.waitFor(() => expect(stored()).toContain('Half a thought'))
  otherTab.signsOut()
  otherTab.isHeard()
  expect(stored()).not.toContain('Half a thought')
})

test('asks for no new password that was chosen in another tab', async () => {
  const api = new FakeApi()
  let must_change = true
  api.me = async () => ({ ...me, must_change })
  const app = new ClientApp(api as unknown as Api)
  await app.start()
  onTestFinished(() => void app.signOut().catch(() => {}))
  expect(app.me?.must_change).toBe(true)
  must_change = false
  app.setVisible(false)
  app.setVisible(true)
  await vi.waitFor(() => expect(app.me?.must_change).toBe(false))
})

test('tries again once at a time, so that a late failure ends nothing', async () => {
  const api = new FakeApi()
  const app = new ClientApp(api as unknown as Api)
  api.me = () => Promise.reject(unreachable)
  await app.start()
  expect(app.state).toBe('away')
  const answers: ((self: typeof me) => void)[] = []
  api.me = () => new Promise((answer) => answers.push(answer))
  app.retry()
  app.setVisible(true)
  expect(answers).toHaveLength(1)
  answers[0](me)
  await vi.waitFor(() => expect(app.state).toBe('in'))
  await app.signOut().catch(() => {})
})
