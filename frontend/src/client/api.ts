// The client pages' calls to the portal. Nothing else here uses the network. The types come from the portal's
// OpenAPI description (openapi.gen.ts, written by build/generate).
import createClient from 'openapi-fetch'
import type { Failure } from '../model/backend'
import { base } from './base'
import { device } from './device'
import type { components, paths } from './openapi.gen'
import { failureIn, intercepted, mediaType, unreachable } from './verdict'

type Schemas = components['schemas']
export type Changes = Schemas['Changes']
export type Heads = Schemas['Heads']
export type Outgoing = Schemas['Outgoing']
export type Passkey = Schemas['Passkey']
/** What a page asks a user's passkey for. */
export type PasskeyUse = Schemas['PasskeyPageInputBody']['for']
/** Shows that the person is still the one who signed in: their password, or the answer of a passkey. */
export type Proof = { password: string } | { passkey: string }
export type ResetInfo = Schemas['ResetInfoOutputBody']
export type Result = Schemas['Result']
export type Self = Schemas['Self']
export type Session = Schemas['Session']
export type Totals = Schemas['Totals']

/** Callbacks for the portal's live events. */
export interface Live {
  heads: (heads: Heads) => void
  changes: (page: Changes) => void
  gone: (matter: string) => void
  /** Called with the totals of a copy that took in every event before. Older portals send none. */
  totals: (totals: Totals) => void
  /** Called for every event, heartbeats included. */
  alive: () => void
  /** The stream has ended. again: a new one is about to be opened. */
  lost: (again?: boolean) => void
}

const prefix = `${base}api/v1`
// Some networks drop requests without an error. So a request fails after this many milliseconds without an answer, or
// without more of a long answer.
const timeout = 30_000
/** The slowest connection, in bytes a second, over which a request still has time to arrive. */
const slowestLine = 1000
const http = createClient<paths>({
  baseUrl: prefix,
  // Shows that no other website sent the request, where the browser or a proxy hides that.
  headers: { 'Matterline-Page': '1' },
  fetch: portalAnswer,
})

/** Sends a request. Throws a Failure unless the portal itself answers, and with a success. */
async function portalAnswer(request: Request): Promise<Response> {
  const stop = new AbortController()
  let silence: ReturnType<typeof setTimeout> | undefined
  const wait = (milliseconds: number) => {
    clearTimeout(silence)
    silence = setTimeout(() => stop.abort(), milliseconds)
  }
  try {
    const size = (await request.clone().arrayBuffer()).byteLength
    wait(timeout + (1000 * size) / slowestLine)
    // The portal never redirects, and a network's sign-in page must not pass for an answer.
    const response = await fetch(request, { signal: stop.signal, redirect: 'manual' })
    const text = await whole(response, () => wait(timeout))
    const { status, headers } = response
    if (status === 204 || (status === 304 && request.headers.has('If-None-Match')))
      return new Response(null, { status, headers }) // the body of response has been read
    if (status !== 200 || mediaType(headers) !== 'application/json') throw failureIn(status, headers, text)
    return new Response(text, { status, headers })
  } finally {
    clearTimeout(silence)
  }
}

/** Reads a whole answer, and calls arrived for each part. */
async function whole(response: Response, arrived: () => void): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  const reader = response.body?.getReader()
  for (let part; reader && !(part = await reader.read()).done;) {
    text += decoder.decode(part.value, { stream: true })
    arrived()
  }
  return text + decoder.decode()
}

/** Waits for the portal's answer. Throws a Failure. */
async function answer<T>(call: Promise<{ data?: T; response: Response }>): Promise<T> {
  const { data } = await answered(call)
  if (data === undefined) throw intercepted
  return data
}

/** Waits for the portal's answer without contents. */
async function done(call: Promise<{ response: Response }>): Promise<void> {
  const { response } = await answered(call)
  if (response.status !== 204) throw intercepted
}

function answered<T>(call: Promise<T>): Promise<T> {
  return call.catch((thrown: unknown) => {
    // An error of fetch's has no code of ours: there was no answer, or it broke off.
    throw typeof (thrown as Partial<Failure>).code === 'string' ? thrown : unreachable
  })
}

/** How often a call that the portal is too busy for is made again. */
const maxBusyAnswers = 3
/** The longest wait in milliseconds that a busy portal may ask for. */
const longestBusyWait = 10_000

/** Makes a call with a password, which the portal handles one at a time, again while the portal is busy. */
async function patient<T>(call: () => Promise<T>): Promise<T> {
  for (let n = 0; n < maxBusyAnswers; n++) {
    try {
      return await call()
    } catch (thrown) {
      const { code, wait = 0 } = thrown as Failure
      if (code !== 'busy') throw thrown
      // Not at the same time as everyone else.
      const milliseconds = Math.min(wait, longestBusyWait) * (1 + Math.random() / 2)
      await new Promise((resolve) => setTimeout(resolve, milliseconds))
    }
  }
  return call()
}

/** How this browser signs in. */
const browser = () => ({ device: device(), kind: 'browser' as const, cookie: true })

export const api = {
  /** The firm whose portal this is. */
  firm: (): Promise<{ name: string; colour?: string; passkeys?: string }> => answer(http.GET('/firm')),

  me: (): Promise<Self> => answer(http.GET('/me')),

  signInByLink: async (link: string): Promise<Self> =>
    (await answer(http.POST('/sessions', { body: { link, ...browser() } }))).me,

  signIn: async (email: string, password: string): Promise<Self> =>
    (await patient(() => answer(http.POST('/sessions', { body: { email, password, ...browser() } })))).me,

  signInOptions: async (): Promise<string> => (await answer(http.POST('/sessions/passkey/options'))).options,

  /** Options for the page that the desktop app opens. */
  passkeyPageOptions: async (use: PasskeyUse, secret: string): Promise<string> =>
    (await answer(http.POST('/passkeys/options', { body: { for: use, secret } }))).options,

  signInByPasskey: async (passkey: string): Promise<Self> =>
    (await answer(http.POST('/sessions/passkey', { body: { answer: passkey, ...browser() } }))).me,

  /** Sets a new password with a recovery code, and signs in. */
  recover: async (email: string, code: string, password: string): Promise<Self> =>
    (await patient(() => answer(http.POST('/recoveries', { body: { email, code, password, ...browser() } }))))
      .me,

  /** Returns who has accepted, and the matter that the invitation was for. */
  accept: (
    invitation: string,
    pin: string,
    email: string,
    password: string,
  ): Promise<{ me: Self; matter?: string }> =>
    patient(() =>
      answer(http.POST('/invitations/accept', { body: { invitation, pin, email, password, ...browser() } })),
    ),

  /** Whose password a link is for. */
  resetInfo: (reset: string): Promise<ResetInfo> => answer(http.POST('/resets/info', { body: { reset } })),

  /** Sets a new password. A participant is then signed in, a user isn't. */
  useReset: async (reset: string, password: string): Promise<Self> =>
    (await patient(() => answer(http.POST('/resets', { body: { reset, password, ...browser() } })))).me,

  sessions: async (): Promise<Session[]> => (await answer(http.GET('/sessions'))).sessions,

  revoke: (session: string) => done(http.DELETE('/sessions/{session}', { params: { path: { session } } })),

  changePassword: (proof: Proof, new_: string) => {
    const body = 'password' in proof ? { old: proof.password, new: new_ } : { ...proof, new: new_ }
    return patient(() => done(http.PUT('/me/password', { body })))
  },

  passkeys: async (): Promise<Passkey[]> => (await answer(http.GET('/me/passkeys'))).passkeys,

  /** Options for asking one of the person's passkeys. */
  proveOptions: async (): Promise<string> => (await answer(http.POST('/me/passkeys/proof'))).options,

  /** Options for making a passkey. */
  startPasskey: async (proof: Proof): Promise<string> =>
    (await patient(() => answer(http.POST('/me/passkeys/options', { body: proof })))).options,

  addPasskey: async (name: string, made: string) => {
    await answer(http.POST('/me/passkeys', { body: { name, answer: made } }))
  },

  renamePasskey: (passkey: string, name: string) =>
    done(http.PATCH('/me/passkeys/{passkey}', { params: { path: { passkey } }, body: { name } })),

  removePasskey: (passkey: string) =>
    done(http.DELETE('/me/passkeys/{passkey}', { params: { path: { passkey } } })),

  makeRecoveryCodes: async (proof: Proof): Promise<string[]> =>
    (await patient(() => answer(http.POST('/me/recovery', { body: proof })))).recovery_codes,

  signOut: () => done(http.DELETE('/sessions/current')),

  /** The heads, or undefined if they're still the ones with this ETag. */
  heads: async (known: string): Promise<{ heads: Heads; etag: string } | undefined> => {
    const call = http.GET('/matters', { params: { header: known ? { 'If-None-Match': known } : {} } })
    const { response } = await answered(call)
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
    done(http.PUT('/reads', { body: { reads: [{ participant, upto }] } })),

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
    on('ping', (data) => {
      const { totals } = JSON.parse(data) as Schemas['Ping']
      if (totals) listener.totals(totals)
    })
    stream.onerror = () => {
      stream.close() // otherwise EventSource reconnects with its own timing
      listener.lost()
    }
    return stream
  },
}

export type Api = typeof api
