// The client pages' calls to the portal. Nothing else here uses the network. The types come from the portal's
// OpenAPI description (openapi.gen.ts, written by build/generate).
import createClient from 'openapi-fetch'
import type { Failure } from '../model/backend'
import { base } from './base'
import { device } from './device'
import type { components, paths } from './openapi.gen'

type Schemas = components['schemas']
export type Changes = Schemas['Changes']
export type Heads = Schemas['Heads']
export type Outgoing = Schemas['Outgoing']
export type Result = Schemas['Result']
export type Self = Schemas['Self']
export type Session = Schemas['Session']

/** Callbacks for the portal's live events. */
export interface Live {
  heads: (heads: Heads) => void
  changes: (page: Changes) => void
  gone: (matter: string) => void
  /** Called for every event, heartbeats included. */
  alive: () => void
  lost: () => void
}

const prefix = `${base}api/v1`
// Some networks drop requests without an error, so a request without an answer fails after this time.
const timeout = 30_000
const http = createClient<paths>({
  baseUrl: prefix,
  // Shows that no other website sent the request, where the browser or a proxy hides that.
  headers: { 'Matterline-Page': '1' },
  fetch: (request) => fetch(request, { signal: AbortSignal.timeout(timeout) }),
})

const unreachable: Failure = {
  code: 'unreachable',
  field: '',
  message: "Couldn't connect. Check your internet connection, then try again.",
}

/** Waits for an answer. Throws a Failure for a problem or if there is no answer. */
async function answer<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call.catch(() => {
    throw unreachable
  })
  if (response.ok) return data as T
  const problem = error as Partial<Schemas['Problem']> | undefined
  if (!problem?.code) throw unreachable // not from a portal
  const failure: Failure = { code: problem.code, message: problem.detail ?? '', field: problem.field ?? '' }
  throw failure
}

export const api = {
  /** The firm whose portal this is. */
  firm: (): Promise<{ name: string; colour?: string }> => answer(http.GET('/firm')),

  me: (): Promise<Self> => answer(http.GET('/me')),

  signInByLink: async (link: string): Promise<Self> =>
    (await answer(http.POST('/sessions', { body: { link, device: device(), cookie: true } }))).me,

  signIn: async (email: string, password: string): Promise<Self> =>
    (await answer(http.POST('/sessions', { body: { email, password, device: device(), cookie: true } }))).me,

  accept: async (invitation: string, email: string, password: string): Promise<Self> =>
    (
      await answer(
        http.POST('/invitations/accept', {
          body: { invitation, email, password, device: device(), cookie: true },
        }),
      )
    ).me,

  sessions: async (): Promise<Session[]> => (await answer(http.GET('/sessions'))).sessions,

  revoke: (session: string) => answer(http.DELETE('/sessions/{session}', { params: { path: { session } } })),

  changePassword: (old: string, new_: string) =>
    answer(http.PUT('/me/password', { body: { old, new: new_ } })),

  signOut: () => answer(http.DELETE('/sessions/current')),

  /** The heads, or undefined if they're still the ones with this ETag. */
  heads: async (known: string): Promise<{ heads: Heads; etag: string } | undefined> => {
    const call = http.GET('/matters', { params: { header: known ? { 'If-None-Match': known } : {} } })
    const { response } = await call.catch(() => {
      throw unreachable
    })
    if (response.status === 304) return undefined
    return { heads: await answer(call), etag: response.headers.get('ETag') ?? '' }
  },

  changes: (matter: string, after: number, mark: string): Promise<Changes> =>
    answer(
      http.GET('/matters/{matter}/changes', {
        params: { path: { matter }, query: { after, mark, limit: 500 } },
      }),
    ),

  send: async (messages: Outgoing[]): Promise<Result[]> =>
    (await answer(http.POST('/messages', { body: { messages } }))).results,

  markRead: (participant: string, upto: number) =>
    answer(http.PUT('/reads', { body: { reads: [{ participant, upto }] } })),

  /** Opens the live stream, which begins with the heads and runs until it's closed. */
  live(listener: Live): { close: () => void } {
    const stream = new EventSource(`${prefix}/live`)
    const on = (name: string, take: (data: string) => void) =>
      stream.addEventListener(name, (event: MessageEvent<string>) => {
        listener.alive()
        take(event.data)
      })
    on('heads', (data) => listener.heads(JSON.parse(data) as Heads))
    on('changes', (data) => listener.changes(JSON.parse(data) as Changes))
    on('gone', (data) => listener.gone((JSON.parse(data) as Schemas['Gone']).matter))
    on('ping', () => {})
    stream.onerror = () => {
      stream.close() // otherwise EventSource reconnects with its own timing
      listener.lost()
    }
    return stream
  },
}

export type Api = typeof api
