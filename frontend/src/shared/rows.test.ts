import { describe, expect, it } from 'vitest'
import type { Message } from '../model/backend'
import { rowsOf } from './rows'

let n = 0
function say(author: string, time: string, more: Partial<Message> = {}): Message {
  const at = new Date(time).getTime()
  const version = ++n
  return {
    ...{ id: `m${n}`, author, author_name: author, mine: false, from_participant: true, text: '', version },
    ...{ written_at: at, sent_at: at, delivery: 'sent', reason: '', status: '', ...more },
  }
}

/** "ana*" starts a run, "ana" continues it. */
const shape = (messages: Message[], newFrom = '') =>
  rowsOf(messages, newFrom).map((row) =>
    row.kind === 'message' ? row.message.author + (row.first ? '*' : '') : row.kind,
  )

describe('rowsOf', () => {
  it('joins what one person writes within five minutes', () => {
    const messages = [
      say('ana', '2026-11-20T16:05:00Z'),
      say('ana', '2026-11-20T16:09:00Z'),
      say('maya', '2026-11-20T16:10:00Z'),
      say('ana', '2026-11-20T16:10:30Z'),
    ]
    expect(shape(messages)).toEqual(['day', 'ana*', 'ana', 'maya*', 'ana*'])
  })

  it('starts a new run after five minutes', () => {
    expect(shape([say('ana', '2026-11-20T16:05:00Z'), say('ana', '2026-11-20T16:10:00Z')])).toEqual([
      'day',
      'ana*',
      'ana*',
    ])
  })

  it('adds a line for each day, which ends a run', () => {
    expect(shape([say('ana', '2026-11-20T23:59:00Z'), say('ana', '2026-11-21T00:01:00Z')])).toEqual([
      'day',
      'ana*',
      'day',
      'ana*',
    ])
  })

  it('adds the New line above the first new message, which ends a run', () => {
    const messages = [say('ana', '2026-11-20T16:05:00Z'), say('ana', '2026-11-20T16:06:00Z')]
    expect(shape(messages, messages[1].id)).toEqual(['day', 'ana*', 'new', 'ana*'])
  })

  it('adds no New line when that message is missing', () => {
    expect(shape([say('ana', '2026-11-20T16:05:00Z')], 'elsewhere')).toEqual(['day', 'ana*'])
  })

  it('gives each row its own key, even if a wrong clock repeats a day', () => {
    const messages = [
      say('ana', '2026-11-20T16:05:00Z'),
      say('ana', '2026-11-21T16:05:00Z'),
      say('maya', '2026-11-20T10:00:00Z', { sent_at: 0, delivery: 'waiting' }),
    ]
    const keys = rowsOf(messages, messages[1].id).map((row) => row.key)
    expect(new Set(keys).size).toBe(7)
  })
})
