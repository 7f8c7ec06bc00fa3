import type { Message, StatusPeriod } from './backend'

/** The version of the newest sent message, or 0. */
export function newestVersion(messages: Message[]): number {
  return messages.findLast((m) => m.version > 0)?.version ?? 0
}

/** Puts the newest page after the older messages that are already loaded. */
export function joinPage(here: Message[], page: Message[]): Message[] {
  const from = page[0]?.version ?? 0
  return [...here.filter((m) => m.version > 0 && m.version < from), ...page]
}

/** Updates which messages are or were the status. An older page may be out of date. */
export function withStatuses(messages: Message[], statuses: StatusPeriod[]): Message[] {
  const current = statuses.find((s) => s.ended_at === 0)?.message
  const ever = new Set(statuses.map((s) => s.message))
  return messages.map((m) => {
    if (m.version === 0) return m
    const status = m.id === current ? 'current' : ever.has(m.id) ? 'past' : ''
    return status === m.status ? m : { ...m, status }
  })
}
