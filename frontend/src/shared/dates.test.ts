import { afterEach, describe, expect, it } from 'vitest'
import { atMoment, clock, date, dayAndTime, dayLine, lasted, listTime, messageTime, moment } from './dates'
import { dateLanguage } from './language.svelte'

// Tests run in London (vite.config.ts).
const at = (text: string) => new Date(text).getTime()
dateLanguage.tag = 'en-GB'
const monday = at('2026-11-23T11:04:00Z')

describe('lasted', () => {
  it.each([
    [0, 'less than a minute'],
    [60_000, '1 minute'],
    [3_599_000, '59 minutes'],
    [3_600_000, '1 hour'],
    [23.9 * 3_600_000, '23 hours'],
    [24 * 3_600_000, '1 day'],
    [23 * 86_400_000, '23 days'],
    [-5, 'less than a minute'],
  ])('%i: %s', (long, said) => expect(lasted(monday, monday + long)).toBe(said))
})

describe('listTime', () => {
  it.each([
    ['2026-11-23T11:03:30Z', 'now'],
    ['2026-11-23T11:06:00Z', 'now'], // the device's clock is behind
    ['2026-11-23T11:02:00Z', '2 min'],
    ['2026-11-23T10:05:00Z', '59 min'],
    ['2026-11-23T10:04:00Z', '10:04'],
    ['2026-11-23T00:00:00Z', '00:00'],
    ['2026-11-22T23:59:00Z', 'Sun'],
    ['2026-11-20T16:05:00Z', 'Fri'],
    ['2026-11-17T00:00:00Z', 'Tue'],
    ['2026-11-16T23:59:00Z', '16 Nov'],
    ['2026-11-10T09:00:00Z', '10 Nov'],
    ['2026-09-03T09:00:00Z', '3 Sep'],
    ['2025-11-10T09:00:00Z', '10 Nov 2025'],
  ])('%s reads %s', (text, reads) => expect(listTime(at(text), monday)).toBe(reads))

  it('counts minutes across midnight', () => {
    expect(listTime(at('2026-11-22T23:58:00Z'), at('2026-11-23T00:03:00Z'))).toBe('5 min')
  })
})

describe('a moment', () => {
  it('names the day unless it is today', () => {
    expect(moment(at('2026-11-23T09:41:00Z'), monday)).toBe('09:41')
    expect(moment(at('2026-11-20T09:41:00Z'), monday)).toBe('Fri 09:41')
    expect(moment(at('2026-11-10T09:41:00Z'), monday)).toBe('10 Nov 09:41')
  })
})

it('writes a moment for use in a sentence', () => {
  expect(atMoment(at('2026-11-23T09:41:00Z'), monday)).toBe('at 09:41')
  expect(atMoment(at('2026-11-20T09:41:00Z'), monday)).toBe('on Fri at 09:41')
})

describe('in another language', () => {
  afterEach(() => (dateLanguage.tag = 'en-GB'))

  it.each([
    ['en-US', 'Friday, November 20', '4:05 PM', 'Sep 3, 2026'],
    ['de', 'Freitag, 20. November', '16:05', '3. Sept. 2026'],
    ['fr', 'vendredi 20 novembre', '16:05', '3 sept. 2026'],
  ])('%s', (tag, day, time, short) => {
    dateLanguage.tag = tag
    expect(dayLine(at('2026-11-20T16:05:00Z'), monday)).toBe(day)
    expect(clock(at('2026-11-20T16:05:00Z')).replace(/\s/, ' ')).toBe(time)
    expect(date(at('2026-09-03T09:00:00Z'))).toBe(short)
  })
})

describe('days', () => {
  it('are named in full', () => {
    expect(dayLine(at('2026-11-20T16:05:00Z'), monday)).toBe('Friday 20 November')
    expect(dayLine(at('2025-11-20T16:05:00Z'), monday)).toBe('Thursday, 20 November 2025')
    expect(dayAndTime(at('2026-11-20T16:05:00Z'), monday)).toBe('Friday 20 November, 16:05')
    expect(date(at('2026-09-03T09:00:00Z'))).toBe('3 Sep 2026')
  })

  it("follow the user's time zone, with its summer time", () => {
    expect(clock(at('2026-07-01T16:05:00Z'))).toBe('17:05')
    expect(dayLine(at('2026-07-01T23:30:00Z'), monday)).toBe('Thursday 2 July')
  })
})

describe('messageTime', () => {
  const written = at('2026-11-23T10:02:00Z')
  it.each([
    ['is the time of sending', at('2026-11-23T10:07:00Z'), '10:07'],
    [
      'shows both times when they differ by more than five minutes',
      at('2026-11-23T11:40:00Z'),
      'written 10:02, sent 11:40',
    ],
    [
      'shows both times when the device clock was ahead',
      at('2026-11-23T09:40:00Z'),
      'written 10:02, sent 09:40',
    ],
    [
      'names the day of writing if it was another',
      at('2026-11-24T08:00:00Z'),
      'written Mon 10:02, sent 08:00',
    ],
    ['is the time of writing before it is sent', 0, '10:02'],
  ])('%s', (_, sent, reads) => expect(messageTime(written, sent)).toBe(reads))
})
