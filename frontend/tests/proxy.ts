import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Portal } from './processes'

interface Options {
  /** The path below which the proxy offers the portal. It removes the path from requests. */
  path?: string
  /** Passes an answer on only when it is complete. The live stream never is. */
  buffers?: boolean
}

/** A proxy in front of the portal, as a firm or a network may have. */
export class Proxy {
  address = ''
  /** The paths it was asked for, with their status. */
  asked: string[] = []
  /** The number of open live streams. */
  streams = 0
  #path: string
  #buffers: boolean
  #portal: Portal
  #server: Server

  private constructor(portal: Portal, { path = '', buffers = false }: Options) {
    this.#portal = portal
    this.#path = path
    this.#buffers = buffers
    this.#server = createServer((asked, answer) => this.#pass(asked, answer))
  }

  static async start(portal: Portal, options: Options): Promise<Proxy> {
    const proxy = new Proxy(portal, options)
    await new Promise<void>((listening) => proxy.#server.listen(0, '127.0.0.1', listening))
    proxy.address = `http://127.0.0.1:${(proxy.#server.address() as AddressInfo).port}${proxy.#path}`
    return proxy
  }

  async stop() {
    const closed = new Promise((closed) => this.#server.close(closed))
    this.#server.closeAllConnections()
    await closed
  }

  #pass(asked: IncomingMessage, answer: ServerResponse) {
    const { method, url = '', headers } = asked
    if (!url.startsWith(this.#path + '/')) {
      this.asked.push(`404 ${url}`)
      return answer.writeHead(404).end()
    }
    if (this.#path) headers['x-forwarded-prefix'] = this.#path
    const passed = request(this.#portal.address + url.slice(this.#path.length), { method, headers })
    passed.on('error', () => answer.destroy())
    passed.on('response', (response) => {
      const { statusCode = 0 } = response
      this.asked.push(`${statusCode} ${url}`)
      if (!this.#buffers) return response.pipe(answer.writeHead(statusCode, response.headers))
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => answer.writeHead(statusCode, response.headers).end(Buffer.concat(parts)))
    })
    const stream = url.endsWith('/live') ? 1 : 0
    this.streams += stream
    answer.on('close', () => {
      this.streams -= stream
      passed.destroy()
    })
    asked.pipe(passed)
  }
}
