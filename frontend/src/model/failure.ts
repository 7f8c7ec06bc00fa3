import type { Failure } from './backend'

/** Makes a Failure of anything thrown. Errors from Go arrive as JSON text. */
export function failureOf(thrown: unknown): Failure {
  const { code = 'internal', message = '', field = '', wait } = parsed(thrown)
  return {
    code,
    field,
    ...(wait && { wait }),
    message: message || 'Something went wrong. Nothing you typed is lost. Try again.',
  }
}

function parsed(thrown: unknown): Partial<Failure> {
  const text = thrown instanceof Error ? thrown.message : thrown
  if (typeof text !== 'string') return (thrown ?? {}) as Partial<Failure>
  try {
    return (JSON.parse(text) ?? {}) as Partial<Failure>
  } catch {
    return {}
  }
}
