// Dates and times as text, in the user's time zone and in the language chosen for dates.
import { dateLanguage } from './language.svelte'

const format = (options: Intl.DateTimeFormatOptions) => {
  const formatters: Record<string, Intl.DateTimeFormat> = {}
  return (at: number) =>
    (formatters[dateLanguage.tag] ??= new Intl.DateTimeFormat(dateLanguage.tag, options)).format(at)
}

const minute = 60_000

/** "16:05", "4:05 PM" */
export const clock = format({ timeStyle: 'short' })

const weekday = format({ weekday: 'short' })
// British English writes "3 Sept", which stands out among three-letter months.
const short = (options: Intl.DateTimeFormatOptions) => {
  const write = format({ day: 'numeric', month: 'short', ...options })
  return (at: number) => write(at).replace(/Sept\b(?!\.)/, 'Sep')
}
/** "3 Sep" */
export const dayAndMonth = short({})
/** "3 Sep 2026" */
export const date = short({ year: 'numeric' })

const named = { weekday: 'long', day: 'numeric', month: 'long' } as const
const dayName = format(named)
const dayNameAndYear = format({ ...named, year: 'numeric' })

export function sameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString()
}

const sameYear = (a: number, b: number) => new Date(a).getFullYear() === new Date(b).getFullYear()

/** Within the last seven days, so that the weekday alone identifies the day. */
function thisWeek(at: number, now: number): boolean {
  const start = new Date(now)
  start.setHours(0, 0, 0, 0)
  start.setDate(start.getDate() - 6)
  return at >= start.getTime() && at <= now
}

/** For lists: "now", "2 min", "09:12", "Fri", "10 Nov", "10 Nov 2025". */
export function listTime(at: number, now: number): string {
  const minutes = Math.floor((now - at) / minute)
  if (minutes < 1 && minutes > -5) return 'now' // a device's clock may be a little behind
  if (minutes > 0 && minutes < 60) return `${minutes} min`
  return onDay(at, now) || clock(at)
}

/** A time on its own: "09:41", "Fri 09:41", "10 Nov 09:41". */
export function moment(at: number, now: number): string {
  return [onDay(at, now), clock(at)].filter(Boolean).join(' ')
}

/** A time in a sentence: "at 09:41", "on Fri at 09:41", "on 10 Nov at 09:41". */
export function atMoment(at: number, now: number): string {
  const day = onDay(at, now)
  return `${day && `on ${day} `}at ${clock(at)}`
}

/** The day in a sentence: "today", "on Fri", "on 10 Nov". */
export function dayOf(at: number, now: number): string {
  const day = onDay(at, now)
  return day ? `on ${day}` : 'today'
}

/** The day, or empty for today. */
function onDay(at: number, now: number): string {
  if (sameDay(at, now)) return ''
  if (thisWeek(at, now)) return weekday(at)
  return sameYear(at, now) ? dayAndMonth(at) : date(at)
}

/** The line between two days of a chat: "Friday 20 November", with the year if it isn't this year. */
export function dayLine(at: number, now: number): string {
  return sameYear(at, now) ? dayName(at) : dayNameAndYear(at)
}

/** "Friday 20 November, 16:05" */
export function dayAndTime(at: number, now: number): string {
  return `${dayLine(at, now)}, ${clock(at)}`
}

/** A duration in its largest unit: "6 days", "3 hours", "less than a minute". */
export function lasted(from: number, until: number): string {
  const minutes = Math.floor((until - from) / minute)
  for (const [size, name] of [
    [24 * 60, 'day'],
    [60, 'hour'],
    [1, 'minute'],
  ] as const) {
    const many = Math.floor(minutes / size)
    if (many > 0) return `${many} ${name}${many === 1 ? '' : 's'}`
  }
  return 'less than a minute'
}

/** When a message was sent, and when it was written if the two are more than five minutes apart. */
export function messageTime(writtenAt: number, sentAt: number): string {
  if (sentAt === 0) return clock(writtenAt)
  if (Math.abs(sentAt - writtenAt) <= 5 * minute) return clock(sentAt)
  return `written ${moment(writtenAt, sentAt)}, sent ${clock(sentAt)}`
}
