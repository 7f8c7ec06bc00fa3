import type { Message } from '../model/backend'
import { sameDay } from './dates'

/** A row of a chat: a day line, the "New" line, or a message. */
export type Row =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'new'; key: string }
  | { kind: 'message'; key: string; message: Message; first: boolean }

/** The time that places a message in the chat: when it was sent, or written if it's unsent. */
export const timeOf = (m: Message) => m.sent_at || m.written_at

// Messages that one person writes within this time share one name and one time.
const runGap = 5 * 60_000

function joins(before: Message, m: Message): boolean {
  return before.author === m.author && timeOf(m) - timeOf(before) < runGap
}

/** Adds day lines, the "New" line above the message newFrom, and marks the first message of each run. */
export function rowsOf(messages: Message[], newFrom: string): Row[] {
  const rows: Row[] = []
  let before: Message | undefined
  for (const message of messages) {
    const newDay = !before || !sameDay(timeOf(before), timeOf(message))
    if (newDay) rows.push({ kind: 'day', key: `day ${message.id}`, at: timeOf(message) })
    if (message.id === newFrom) rows.push({ kind: 'new', key: 'new' })
    const first = newDay || message.id === newFrom || !joins(before!, message)
    rows.push({ kind: 'message', key: message.id, message, first })
    before = message
  }
  return rows
}
