// What the portal is asked. Nothing else in the client pages does I/O over the network; the types are the
// portal's own (openapi.gen.ts, made by build/generate).
import createClient from 'openapi-fetch'
import type { Failure } from '../model/backend'
import type { components, paths } from './openapi.gen'

type Schemas = components['schemas']
export type Changes = Schemas['Changes']
export type Heads = Schemas['Heads']
export type Outgoing = Schemas['Outgoing']
export type Result = Schemas['Result']
export type Self = Schemas['Self']

/** What the portal tells of its own accord. */
export interface Live {
  heads: (heads: Heads) => void
  changes: (page: Changes) => void
  gone: (matter: string) => void
  /** A sign of life, and nothing else. */
  ping: () => void
  lost: () => void
}

const prefix = '/api/v1'
const answersWithin = 30_000
const asked = createClient<paths>({
  baseUrl: location.origin + prefix,
  fetch: (request) => fetch(request, { signal: AbortSignal.timeout(answersWithin) }),
})

const unreachable: Failure = {
  code: 'unreachable',
  field: '',
  message: 'No connection. Please check yours and try again in a moment.',
}

/** Waits for an answer; throws a Failure for a problem, and for no answer at all. */
async function answer<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call.catch(() => {
    throw unreachable
  })
  if (response.ok) return data as T
  const problem = error as Partial<Schemas['Problem']> | undefined
  if (!problem?.code) throw unreachable // not a portal's answer
  const failure: Failure = { code: problem.code, message: problem.detail ?? '', field: problem.field ?? '' }
  throw failure
}

const browser = { device: 'Browser', cookie: true }

export const api = {
  me: (): Promise<Self> => answer(asked.GET('/me')),

  signInByLink: async (link: string): Promise<Self> =>
    (await answer(asked.POST('/sessions', { body: { link, ...browser } }))).me,

  signIn: async (email: string, password: string): Promise<Self> =>
    (await answer(asked.POST('/sessions', { body: { email, password, ...browser } }))).me,

  /** Takes up an invitation, with a password that is chosen now. */
  accept: async (invitation: string, email: string, password: string): Promise<Self> =>
    (await answer(asked.POST('/invitations/accept', { body: { invitation, email, password, ...browser } }))).me,

  signOut: () => answer(asked.DELETE('/sessions/current')),

  heads: (): Promise<Heads> => answer(asked.GET('/matters')),

  changes: (matter: string, after: number): Promise<Changes> =>
    answer(
      asked.GET('/matters/{matter}/changes', { params: { path: { matter }, query: { after, limit: 500 } } }),
    ),

  say: async (messages: Outgoing[]): Promise<Result[]> =>
    (await answer(asked.POST('/messages', { body: { messages } }))).results,

  markRead: (participant: string, upto: number) =>
    answer(asked.PUT('/reads', { body: { reads: [{ participant, upto }] } })),

  /** Follows what happens until it is closed; it begins with the heads. */
  live(heard: Live): { close: () => void } {
    const stream = new EventSource(`${prefix}/live`)
    const on = (name: string, take: (data: string) => void) =>
      stream.addEventListener(name, (event: MessageEvent<string>) => take(event.data))
    on('heads', (data) => heard.heads(JSON.parse(data) as Heads))
    on('changes', (data) => heard.changes(JSON.parse(data) as Changes))
    on('gone', (data) => heard.gone((JSON.parse(data) as Schemas['Gone']).matter))
    on('ping', () => heard.ping())
    stream.onerror = () => {
      stream.close() // or it would come back at its own pace
      heard.lost()
    }
    return stream
  },
}

export type Api = typeof api
