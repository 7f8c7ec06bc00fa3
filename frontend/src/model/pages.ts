import type { Message, StatusPeriod } from './backend'

/** The version of the newest sent message, or 0. */
export function newestVersion(messages: Message[]): number {
  return messages.findLast((m) => m.version > 0)?.version ?? 0
}

/** The newest messages, as they were just read, behind the older ones that are here already. */
export function joinPage(here: Message[], page: Message[]): Message[] {
  const from = page[0]?.version ?? 0
  return [...here.filter((m) => m.version > 0 && m.version < from), ...page]
}

/** A page that was read a while ago does not know which message has become the status since. */
export function withStatuses(messages: Message[], statuses: StatusPeriod[]): Message[] {
  const current = statuses.find((s) => s.ended_at === 0)?.message
  const ever = new Set(statuses.map((s) => s.message))
  return messages.map((m) => {
    if (m.version === 0) return m
    const status = m.id === current ? 'current' : ever.has(m.id) ? 'past' : ''
    return status === m.status ? m : { ...m, status }
  })
}
