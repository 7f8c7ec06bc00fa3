import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect, type Page } from '@playwright/test'

export const root = join(import.meta.dirname, '../..')
export const out = join(root, 'build/out')

/** A program that runs beside the tests. */
class Program {
  said = ''
  #child
  #heard = () => {}
  #ended: Promise<void>

  constructor(path: string, args: string[], env: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(path, args, {
      env: { ...process.env, ...env },
      detached: true, // a group of its own, to end it with all that it has started
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    for (const stream of this.#child.stdio.slice(1)) {
      stream!.on('data', (text) => {
        this.said += text
        this.#heard()
      })
    }
    this.#ended = new Promise((ended) => this.#child.on('close', () => ended()))
    this.#child.on('error', (error) => (this.said += error))
  }

  /** Waits until it has said something, on any of its files. */
  async says(what: RegExp): Promise<RegExpMatchArray[]> {
    const heard = new Promise<void>((heard) => {
      this.#heard = () => what.test(this.said) && heard()
      this.#heard()
    })
    await Promise.race([heard, this.#ended])
    const found = [...this.said.matchAll(new RegExp(what, 'g'))]
    if (found.length === 0) throw new Error(`ended without saying ${what}: ${this.said}`)
    return found
  }

  async end(signal: NodeJS.Signals) {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      process.kill(-this.#child.pid!, signal)
    }
    await this.#ended
  }
}

/** The demo firm's portal, alone. */
export class Portal {
  address = ''
  /** The sign-in links of Ana Okafor and Rosa Whitlock. */
  ana = ''
  rosa = ''
  #data: string
  #program?: Program

  constructor(data: string) {
    this.#data = data
  }

  /** Starts it, where it was before if it was. */
  async start() {
    const address = this.address.replace('http://', '') || '127.0.0.1:0'
    this.#program = new Program(join(out, 'portald'), ['demo', '--address', address, '--data', this.#data])
    await this.#program.says(/Open Rosa .*\n/)
    this.address = (await this.#program.says(/ is at (\S+)/))[0][1]
    this.ana = (await this.#program.says(/Open Ana .*: (\S+)/))[0][1]
    this.rosa = (await this.#program.says(/Open Rosa .*: (\S+)/))[0][1]
  }

  async stop() {
    await this.#program?.end('SIGTERM')
  }

  /** How often a message stands in the chat of whoever has the link. */
  async count(link: string, text: string): Promise<number> {
    const api = this.address + '/api/v1'
    const json = { 'Content-Type': 'application/json' }
    const body = JSON.stringify({ link: link.split('#')[1] })
    const session = await (await fetch(api + '/sessions', { method: 'POST', headers: json, body })).json()
    const headers = { Authorization: `Bearer ${session.token}` }
    const heads = await (await fetch(api + '/matters', { headers })).json()
    const changes = `${api}/matters/${heads.matters[0].matter}/changes?limit=2000`
    const { messages } = await (await fetch(changes, { headers })).json()
    return messages.filter((m: { text: string }) => m.text === text).length
  }
}

/** The app, serving its window to a browser. */
class App {
  url: string
  #program: Program
  #start: () => Program

  constructor(port: number, display: string, data: string, ...args: string[]) {
    const address = `localhost:${port}`
    this.url = `http://${address}`
    this.#start = () =>
      new Program(join(out, 'matterline-dev'), ['--data', join(data, 'app'), ...args], {
        DISPLAY: display,
        DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent', // no toasts and no tray: the smoke test has them
        XDG_CONFIG_HOME: join(data, 'config'),
        assetdir: join(root, 'frontend/dist/desktop'),
        devserver: address,
      })
    this.#program = this.#start()
  }

  /** Shows its window as soon as it is there. */
  async show(page: Page) {
    await expect(() => page.goto(this.url)).toPass()
  }

  async stop() {
    await this.#program.end('SIGKILL')
  }

  async restart(page: Page) {
    await this.stop()
    this.#program = this.#start()
    await this.show(page)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost')
  await new Promise((listening) => server.once('listening', listening))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}

interface Fixtures {
  /** A folder of this test's own. */
  data: string
  /** The window on a demo firm of its own. */
  demo: Page
  /** The app as it starts for the first time, its window on the page. */
  app: App
  /** The window with nobody signed in, where one signs in to a portal. */
  signedOut: Page
  portal: Portal
}

/** Tests that may ask for a portal and for the app; what they ask for ends with them. */
export const test = base.extend<Fixtures, { display: string }>({
  display: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const display = new Program('Xvfb', [
        '-displayfd',
        '3',
        '-screen',
        '0',
        '1360x900x24',
        '-nolisten',
        'tcp',
      ])
      // Before it, it may complain of displays that are taken.
      const [[, number]] = await display.says(/(?:^|\n)(\d+)\n/)
      await use(':' + number)
      await display.end('SIGTERM')
    },
    { scope: 'worker' },
  ],
  // eslint-disable-next-line no-empty-pattern
  data: async ({}, use) => {
    const data = await mkdtemp(join(tmpdir(), 'matterline-'))
    await use(data)
    await rm(data, { recursive: true, force: true })
  },
  demo: async ({ display, data, page }, use) => {
    const app = new App(await freePort(), display, data, '--demo')
    await app.show(page)
    await use(page)
    await app.stop()
  },
  app: async ({ display, data, page }, use) => {
    const app = new App(await freePort(), display, data)
    await app.show(page)
    await use(app)
    await app.stop()
  },
  signedOut: async ({ app, page }, use) => {
    void app // runs
    await page.getByRole('button', { name: 'Connect to my firm’s portal' }).click()
    await use(page)
  },
  portal: async ({ data }, use) => {
    const portal = new Portal(join(data, 'portal'))
    await portal.start()
    await use(portal)
    await portal.stop()
  },
})
