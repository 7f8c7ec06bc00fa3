// Tells the portal's answers from those of the network and of servers in front of the portal. Only the portal rejects
// anything. All other failures pass, so the same request is made again.
import type { Failure } from '../model/backend'
import type { components } from './openapi.gen'

type Problem = components['schemas']['Problem']

/** The codes with which the portal rejects a single message for good. */
const messageErrors = new Set([
  ...['text_required', 'text_too_long', 'text_invalid', 'malformed'],
  ...['not_found', 'id_taken', 'removed', 'matter_closed'],
])
/** The codes of failures that pass. */
const passing = new Set(['internal', 'busy', 'slow', 'unreachable', 'intercepted', 'unavailable', 'proxy'])
/** The codes that a portal sends. */
export const codes = new Set([
  ...[
    ...messageErrors,
    'no_operation',
    'signed_out',
    'wrong_password',
    'wrong_pin',
    'link_expired',
    'not_allowed',
  ],
  ...['required', 'too_long', 'weak_password', 'taken', 'superseded', 'has_matters', 'last_admin'],
  ...['other_history', 'too_large', 'too_many', 'busy', 'slow', 'internal'],
  ...['code_required', 'wrong_code', 'wrong_passkey', 'set_up_first', 'confirm_first'],
])

export const rejectsMessage = (code: string) => messageErrors.has(code)
export const passes = (code: string) => passing.has(code)

const failure = (code: string, message: string): Failure => ({ code, field: '', message })

export const unreachable = failure(
  'unreachable',
  "Couldn't connect. Check your internet connection, then try again.",
)
export const intercepted = failure(
  'intercepted',
  'Something on your network answered instead of the portal. On guest Wi-Fi, sign in to the network first.',
)
const unavailable = failure('unavailable', 'The portal is busy or restarting.')
const slow = failure('slow', 'Your connection is very slow right now.')
const networkSignIn = failure('proxy', 'This network asks you to sign in. Open any website to do that.')

/** The failure in an answer other than a success. */
export function failureIn(status: number, headers: Headers, text: string): Failure {
  const problem = problemIn(headers, text)
  if (problem) return asFailure(problem)
  if (status === 511) return networkSignIn
  if (status === 408) return slow
  if (status >= 500 || status === 429 || status === 425) return { ...unavailable, wait: askedWait(headers) }
  return intercepted
}

export function asFailure({ code, detail, field = '', retry_after = 0 }: Problem): Failure {
  return { code, message: detail, field, wait: bounded(1000 * retry_after) }
}

/** A problem with one of the portal's codes. */
function problemIn(headers: Headers, text: string): Problem | undefined {
  if (mediaType(headers) !== 'application/problem+json') return undefined
  try {
    const problem = JSON.parse(text) as Problem | null
    return problem && codes.has(problem.code) ? problem : undefined
  } catch {
    return undefined
  }
}

export const mediaType = (headers: Headers) =>
  (headers.get('Content-Type') ?? '').split(';')[0].trim().toLowerCase()

/** The longest wait, in milliseconds, that a server may ask for. */
const longestWait = 300_000
const bounded = (wait: number) => Math.min(Math.max(wait, 0), longestWait) || undefined

/** The milliseconds of the header Retry-After, which is a number of seconds or a date. */
function askedWait(headers: Headers): number | undefined {
  const asked = headers.get('Retry-After') ?? ''
  if (/^\d+$/.test(asked)) return bounded(1000 * Number(asked))
  const now = Date.parse(headers.get('Date') ?? '') || Date.now() // the server's clock and ours may differ
  return bounded(Date.parse(asked) - now || 0)
}
