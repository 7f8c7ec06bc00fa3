import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
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

/** A program that a test starts. */
class Program {
  output = ''
  #child
  #onOutput = () => {}
  #ended: Promise<void>

  constructor(path: string, args: string[], env: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(path, args, {
      env: { ...process.env, ...env },
      detached: true, // its own process group, so that its child processes end with it
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

  /** Waits until the output matches, on stdout, stderr or file 3, and returns the matches. */
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

/** The demo firm's portal, without the app. */
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

  /** Starts the portal, always at the same address. */
  async start() {
    this.address ||= `http://127.0.0.1:${await freePort()}`
    const address = this.address.replace('http://', '')
    this.#program = new Program(join(out, 'portald'), ['demo', '--address', address, '--data', this.#data])
    await this.#program.waitForOutput(/Open Rosa .*\n/)
    this.ana = (await this.#program.waitForOutput(/Open Ana .*: (\S+)/))[0][1]
    this.rosa = (await this.#program.waitForOutput(/Open Rosa .*: (\S+)/))[0][1]
  }

  /** Starts it again as a firm would, with these flags, instead of as a demo. */
  async serve(...flags: string[]) {
    await this.stop()
    const address = this.address.replace('http://', '')
    const database = join(this.#data, 'portal.db')
    const args = ['serve', '--address', address, '--database', database, ...flags]
    this.#program = new Program(join(out, 'portald'), args)
    await this.#program.waitForOutput(/msg=serving/)
  }

  async stop() {
    await this.#program?.end('SIGTERM')
  }

  /** The number of messages with this text in the chat of a sign-in link. */
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

/** The firm's identity provider. */
export class Provider {
  address = ''
  #program?: Program

  /** Starts it with these users: a name, an email and, for some, a group. */
  async start(...users: string[]) {
    this.address = `http://127.0.0.1:${await freePort()}`
    const address = this.address.replace('http://', '')
    this.#program = new Program(join(out, 'provider'), [address, ...users])
    await this.#program.waitForOutput(/^provider /m)
  }

  async stop() {
    await this.#program?.end('SIGTERM')
  }
}

/** The app, which serves its window to a browser. */
class App {
  #port: number
  #start: () => Program
  #program: Program

  constructor(port: number, display: string, data: string, ...args: string[]) {
    this.#port = port
    this.#start = () =>
      new Program(join(out, 'matterline-dev'), ['--data', join(data, 'app'), ...args], {
        DISPLAY: display,
        DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent', // no notifications and no tray, which the smoke test covers
        LD_PRELOAD: emptyWindow,
        // Nothing is drawn, so OpenGL isn't loaded. That takes a fifth less processor time at each start.
        WEBKIT_DISABLE_COMPOSITING_MODE: '1',
        WEBKIT_DISABLE_DMABUF_RENDERER: '1',
        XDG_CONFIG_HOME: join(data, 'config'),
        PATH: `${join(import.meta.dirname, 'browser')}:${process.env.PATH}`,
        OPENED: join(data, 'opened'),
        assetdir: join(root, 'frontend/dist/desktop'),
        devserver: `localhost:${port}`,
      })
    this.#program = this.#start()
  }

  /** Opens its window on a page as soon as the app answers. */
  async show(page: Page) {
    await this.#program.waitForOutput(/Serving DevServer/) // it listens at about the same time
    await expect(() => listening(this.#port)).toPass({ intervals: [20] })
    await page.goto(`http://localhost:${this.#port}`)
  }

  async stop() {
    await this.#program.end('SIGKILL')
  }

  /** Starts it again after stop. */
  async start(page: Page) {
    this.#program = this.#start()
    await this.show(page)
  }

  async restart(page: Page) {
    await this.stop()
    await this.start(page)
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

// Each test process has a hundred ports, below those that the system assigns, so that no other program takes a port
// during a restart.
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
  /** A folder for this test. */
  data: string
  /** The window, signed in to a demo firm. */
  demo: Page
  /** The app at its first start. The page shows its window. */
  app: App
  /** The window before sign-in, with the form for signing in to a portal. */
  signedOut: Page
  portal: Portal
  provider: Provider
  /** Waits until the app opens an address in the system's browser, and returns it. */
  opened: () => Promise<string>
}

/** The fixtures of the browser tests. They end with the test. */
export const test = base.extend<Fixtures, { display: string }>({
  display: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const screen = ['-screen', '0', '1360x900x24']
      // Without -noreset, it starts anew whenever an app ends.
      const options = ['-nolisten', 'tcp', '-extension', 'GLX', '-noreset']
      const display = new Program('Xvfb', ['-displayfd', '3', ...screen, ...options])
      // Xvfb may print warnings about displays in use before the number.
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
    void app // starts the app
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
  // eslint-disable-next-line no-empty-pattern
  provider: async ({}, use) => {
    const provider = new Provider()
    await use(provider)
    await provider.stop()
  },
  opened: async ({ data }, use) => {
    let seen = 0
    await use(async () => {
      let lines: string[] = []
      await expect(async () => {
        lines = (await readFile(join(data, 'opened'), 'utf8')).split('\n').slice(0, -1)
        expect(lines.length).toBeGreaterThan(seen)
      }).toPass({ intervals: [20] })
      return lines[seen++]
    })
  },
})
