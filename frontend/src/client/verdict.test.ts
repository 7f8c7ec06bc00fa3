import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Failure } from '../model/backend'
import type { Api } from './api'
import { codes, rejectsMessage } from './verdict'

// Answers to sent messages, and what they mean. The Go client's tests use the same table.
interface Answer {
  name: string
  status: number
  headers: Record<string, string>
  body: string
  /** The connection ends before the announced end of the body. */
  cut?: boolean
  /** Empty if it's the portal's answer to the messages. */
  code: string
  wait?: number
}

const file = join(import.meta.dirname, '../../../app/portalapi/testdata/answers.json')
const table = JSON.parse(readFileSync(file, 'utf8')) as {
  answers: Answer[]
  items: { code: string; rejected: boolean }[]
  codes: string[]
}

let server: Server
let now: Answer
let api: Api

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume()
    const { status, headers, body, cut } = now
    if (cut) response.setHeader('Content-Length', Buffer.byteLength(body) + 1)
    response.writeHead(status, headers)
    if (!cut) response.end(body)
    else response.write(body, () => response.destroy())
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  // A browser resolves paths against the page's address. Node has no page.
  const NodeRequest = Request
  vi.stubGlobal(
    'Request',
    class extends NodeRequest {
      constructor(input: RequestInfo, init?: RequestInit) {
        super(typeof input === 'string' ? address + input : input, init)
      }
    },
  )
  api = (await import('./api')).api
})

afterAll(() => {
  vi.unstubAllGlobals()
  server.close()
})

const message = { id: '1', participant: 'ana', text: 'hello', written_at: 1 }

describe('the answer to a message', () => {
  test.each(table.answers)('$name', async (answer) => {
    now = answer
    const result = await api.send([message]).then(
      () => undefined,
      (thrown: Failure) => thrown,
    )
    expect(result?.code ?? '').toBe(answer.code)
    expect(result?.wait).toBe(answer.wait)
  })
})

test.each(table.items)('$code rejects a message: $rejected', ({ code, rejected }) => {
  expect(rejectsMessage(code)).toBe(rejected)
})

test('knows the codes that a portal sends', () => expect([...codes].sort()).toEqual(table.codes))
