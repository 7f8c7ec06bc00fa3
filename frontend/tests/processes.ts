import { spawn } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect, type Page } from '@playwright/test'

export const root = join(import.meta.dirname, '../..')
export const out = join(root, 'build/out')
/** The data of the demo firm's portal, made once and copied for each test. */
export const demoFirm = join(out, 'demo-firm')
/** The library that keeps the app's own window empty. */
export const emptyWindow = join(out, 'empty-window.so')

/** A program that runs beside the tests. */
class Program {
  output = ''
  #child
  #onOutput = () => {}
  #ended: Promise<void>

  constructor(path: string, args: string[], env: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(path, args, {
      env: { ...process.env, ...env },
      detached: true, // a group of its own, so that everything it started ends with it
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    for (const stream of this.#child.stdio.slice(1)) {
      stream!.on('data', (text) => {
        this.output += text
        this.#onOutput()
      })
    }
    this.#ended = new Promise((ended) => this.#child.on('close', () => ended()))
    this.#child.on('error', (error) => (this.output += error))
  }

  /** Waits until its output matches, on any of its files, and returns the matches. */
  async waitForOutput(pattern: RegExp): Promise<RegExpMatchArray[]> {
    const matched = new Promise<void>((matched) => {
      this.#onOutput = () => pattern.test(this.output) && matched()
      this.#onOutput()
    })
    await Promise.race([matched, this.#ended])
    const matches = [...this.output.matchAll(new RegExp(pattern, 'g'))]
    if (matches.length === 0) throw new Error(`ended without printing ${pattern}: ${this.output}`)
    return matches
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

  /** Starts it; after a stop, at the same address as before. */
  async start() {
    this.address ||= `http://127.0.0.1:${await freePort()}`
    const address = this.address.replace('http://', '')
    this.#program = new Program(join(out, 'portald'), ['demo', '--address', address, '--data', this.#data])
    await this.#program.waitForOutput(/Open Rosa .*\n/)
    this.ana = (await this.#program.waitForOutput(/Open Ana .*: (\S+)/))[0][1]
    this.rosa = (await this.#program.waitForOutput(/Open Rosa .*: (\S+)/))[0][1]
  }

  async stop() {
    await this.#program?.end('SIGTERM')
  }

  /** How many messages with this text the chat behind a link has. */
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
  #port: number
  #start: () => Program
  #program: Program

  constructor(port: number, display: string, data: string, ...args: string[]) {
    this.#port = port
    this.#start = () =>
      new Program(join(out, 'matterline-dev'), ['--data', join(data, 'app'), ...args], {
        DISPLAY: display,
        DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent', // no notifications, no tray: the smoke test has them
        LD_PRELOAD: emptyWindow,
        XDG_CONFIG_HOME: join(data, 'config'),
        assetdir: join(root, 'frontend/dist/desktop'),
        devserver: `localhost:${port}`,
      })
    this.#program = this.#start()
  }

  /** Shows its window as soon as it answers. */
  async show(page: Page) {
    await expect(() => listening(this.#port)).toPass({ intervals: [20] })
    await page.goto(`http://localhost:${this.#port}`)
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

/** Rejects unless something listens on a port of this computer. */
function listening(port: number): Promise<void> {
  return new Promise((done, failed) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', failed)
    socket.once('connect', () => {
      socket.destroy()
      done()
    })
  })
}

// Each process has its own hundred, below those that the system hands out: nobody takes a port while its program
// restarts.
let nextPort = 10_000 + (process.pid % 200) * 100

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = nextPort++
    const server = createServer()
    const free = await new Promise((done) => {
      server.once('error', () => done(false))
      server.listen(port, '127.0.0.1', () => done(true))
    })
    if (!free) continue
    await new Promise((closed) => server.close(closed))
    return port
  }
}

interface Fixtures {
  /** A folder of this test's own. */
  data: string
  /** The window on a demo firm of its own. */
  demo: Page
  /** The app at its first start, its window on the page. */
  app: App
  /** The window where nobody is signed in, at the form for signing in to a portal. */
  signedOut: Page
  portal: Portal
}

/** Tests that can ask for a portal and for the app; these end with the test. */
export const test = base.extend<Fixtures, { display: string }>({
  display: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const screen = ['-screen', '0', '1360x900x24']
      const display = new Program('Xvfb', ['-displayfd', '3', ...screen, '-nolisten', 'tcp'])
      // Before the number, it may complain about displays that are taken.
      const [[, number]] = await display.waitForOutput(/(?:^|\n)(\d+)\n/)
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
    await cp(demoFirm, join(data, 'app/demo'), { recursive: true })
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
    await page.getByRole('button', { name: "Connect to my firm's portal" }).click()
    await use(page)
  },
  portal: async ({ data }, use) => {
    await cp(demoFirm, join(data, 'portal'), { recursive: true })
    const portal = new Portal(join(data, 'portal'))
    await portal.start()
    await use(portal)
    await portal.stop()
  },
})
