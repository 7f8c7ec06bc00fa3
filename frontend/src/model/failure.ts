import type { Failure } from './backend'

/** What went wrong, whatever was thrown. */
export function failureOf(thrown: unknown): Failure {
  const { code = 'internal', message = '', field = '' } = (thrown ?? {}) as Partial<Failure>
  return {
    code,
    field,
    message: message || 'Something went wrong. Nothing you typed is lost; please try again.',
  }
}
