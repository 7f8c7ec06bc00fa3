import { expect, type Page } from '@playwright/test'
import { join } from 'node:path'
import { build, type Rolldown } from 'vite'
import type { WindowBackend } from '../src/model/backend'
import { newID } from '../src/model/id'
import { accountsContract, closingContract, contract, undoContract } from './contract'
import { until, type World } from './contract/world'
import { root, test } from './processes'

declare global {
  interface Window {
    bridge: Record<string, (...args: unknown[]) => Promise<unknown>>
    sendEvent: (name: string, args: unknown[]) => void
  }
}

/** The window's own bridge to Go, as a script that sets window.bridge. */
async function bridgeScript(): Promise<string> {
  const entry = join(root, 'frontend/src/desktop/bridge.ts')
  const bundle = await build({
    ...{ configFile: false, logLevel: 'silent', publicDir: false },
    build: { write: false, minify: false, lib: { entry, formats: ['iife'], name: 'module' } },
  })
  const [{ output }] = bundle as Rolldown.RolldownOutput[]
  return `${output[0].code}\nwindow.bridge = module.bridge`
}

/** Calls the bridge of a page, and hears its events. */
async function connect(page: Page): Promise<WindowBackend> {
  const listeners = new Map<string, Set<(...args: unknown[]) => void>>()
  await page.exposeFunction('sendEvent', (name: string, args: unknown[]) => {
    for (const listener of listeners.get(name) ?? []) listener(...args)
  })
  await page.addInitScript(await bridgeScript())
  await page.reload()
  for (const name of ['onChanged', 'onAlerts', 'onFreshness']) {
    listeners.set(name, new Set())
    await page.evaluate((name) => {
      void window.bridge[name]((...args: unknown[]) => window.sendEvent(name, args))
    }, name)
  }
  const call = async (name: string, args: unknown[]) => {
    const { value, failure } = await page.evaluate(
      ([name, args]) =>
        window.bridge[name](...args).then(
          (value) => ({ value, failure: undefined }),
          (failure: unknown) => ({ value: undefined, failure }),
        ),
      [name, args] as const,
    )
    if (failure !== undefined) throw failure
    return value
  }
  const listen = (all: Set<unknown>, listener: unknown) => {
    all.add(listener)
    return () => all.delete(listener)
  }
  return new Proxy({} as WindowBackend, {
    get(_, name: string) {
      if (name === 'then') return undefined // it isn't a promise
      const all = listeners.get(name)
      return all ? (listener: unknown) => listen(all, listener) : (...args: unknown[]) => call(name, args)
    },
  })
}

/** A world whose participants use the portal's HTTP interface. */
async function worldOf(page: Page): Promise<World> {
  const backend = await connect(page)
  const password = 'four words are enough'
  await backend.createFirm('Hart & Co.', 'Maya Hart', 'maya@firm.example', password)
  const { user, portal } = await backend.session()
  const post = async (path: string, body: object, token = '') => {
    const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) }
    const response = await fetch(`${portal}/api/v1${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    expect(response.ok, `${path} answers ${response.status}`).toBe(true)
    return (await response.json()) as { token: string; results: { error?: unknown }[] }
  }
  const send = async (token: string, participant: string, texts: string[], set_status = false) => {
    const messages = texts.map((text) => {
      const now = Date.now()
      return { id: newID(now), participant, text, written_at: now, set_status }
    })
    const { results } = await post('/messages', { messages }, token)
    expect(results.every((result) => !result.error)).toBe(true)
  }
  const email = 'leah@firm.example'
  const { link } = await backend.addUser(email, 'Leah Stone', true)
  await post('/resets', { reset: new URL(link).hash.slice(1), password })
  const leah = (await post('/sessions', { email, password })).token
  let matters = 0
  /** Invitation links that Maya can't make. */
  const links = new Map<string, string>()
  const world: World = {
    backend,
    password,
    async openMatter(title, name) {
      const reference = `2026-${++matters}`
      const matter = await backend.openMatter({ reference, title, type: 'Lease' }, user, [])
      const participant = await backend.addParticipant(matter, { name, role: 'Client', other_side: false })
      await until(
        world,
        () => backend.matter(matter).catch(() => undefined),
        (value) => value?.participants.length === 1,
      )
      return { matter, participant }
    },
    async participantSends(participant, ...texts) {
      const link = links.get(participant) ?? (await backend.invite(participant, false)).link
      const accept = {
        invitation: new URL(link).hash.slice(1),
        email: `${participant}@client.example`,
        password,
      }
      const { token } = await post('/invitations/accept', accept)
      await send(token, participant, texts)
    },
    async secondAccount() {
      const { key: maya } = await backend.session()
      await backend.signIn(portal, email, password)
      const { key, user } = await backend.session()
      const details = { reference: '2026-900', title: 'Mill Lane', type: 'Lease' }
      const matter = await backend.openMatter(details, user, [])
      const participant = await backend.addParticipant(matter, {
        ...{ name: 'Ben Reyes', role: 'Client', other_side: false },
      })
      links.set(participant, (await backend.invite(participant, false)).link)
      await backend.switchTo(maya)
      return { key, matter, participant }
    },
    colleagueSetsStatus: (participant, text) => send(leah, participant, [text], true),
  }
  return world
}

// The fake backend keeps the same contract in src/fake/contract.test.ts.
test('the app keeps the contract of its backend', async ({ app, page }) => {
  void app // runs
  const world = await worldOf(page)
  const broken: string[] = []
  const check = ([behaviour, run]: (typeof contract)[0]) =>
    test
      .step(behaviour, () => run(world), { timeout: 90_000 })
      .catch((error: Error) => broken.push(`${behaviour}: ${error.message}`))
  for (const one of undoContract) await check(one)
  await Promise.all(contract.map(check))
  for (const one of accountsContract) await check(one)
  await Promise.all(closingContract.map(check))
  expect(broken).toEqual([])
})
