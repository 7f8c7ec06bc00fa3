import { expect, it } from 'vitest'
import { Announcements } from './announcements'
import type { Alert } from './backend'

const alert = (participant: string, version: number, count = 1): Alert => ({
  ...{ matter: 'okafor', reminder: 0, reference: '2026-0147', title: 'Okafor', participant, version, count },
  ...{ name: `${participant} Okafor`, text: 'Hello', at: version, account: 'maya', firm: '', cover_for: '' },
})

it('announces a new alert once', () => {
  const announcements = new Announcements()
  const next = (...alerts: Alert[]) => announcements.next(alerts, 'Carl', true)
  expect(next(alert('Ana', 1)), 'there at the start').toBe('')
  expect(next(alert('Ana', 1), alert('Ben', 2))).toBe('New message from Ben Okafor, Okafor')
  expect(next(alert('Ana', 1), alert('Ben', 2)), 'again').toBe('')
  expect(next(alert('Ana', 3, 2), alert('Ben', 2)), 'the same alert').toBe('')
  expect(next(alert('Ana', 3, 2)), 'read').toBe('')
  expect(next(alert('Ana', 3, 2), alert('Ben', 2)), 'unread again, without a message').toBe('')
  expect(next()).toBe('')
  expect(next(alert('Ana', 4, 2))).toBe('2 new messages from Ana Okafor, Okafor')
  expect(next(alert('Ana', 4, 2), alert('Carl', 5)), 'in sight').toBe('')
  expect(next(alert('Ana', 4, 2), alert('Carl', 5), alert('Dee', 6), alert('Ed', 7))).toBe(
    '2 chats have something new',
  )
})

it('announces a reminder once', () => {
  const announcements = new Announcements()
  const reminder = (at: number) => ({ ...alert('Ana', 1, 0), reminder: at })
  announcements.next([], '', true)
  expect(announcements.next([reminder(5)], 'Ana', true)).toBe('Reminder: Ana Okafor, Okafor')
  announcements.next([], '', true)
  expect(announcements.next([reminder(5)], '', true), 'again').toBe('')
  announcements.next([], '', true)
  expect(announcements.next([reminder(6)], '', false)).toBe('Reminder in 2026-0147')
})

it('says whose chat it is when there are several accounts', () => {
  const announcements = new Announcements()
  announcements.next([], '', true)
  const firm = 'Hart & Co.'
  const other = { ...alert('Ana', 1), account: 'leah' }
  expect(announcements.next([{ ...alert('Ana', 1), firm }], '', true)).toBe(
    'New message from Ana Okafor, Okafor, Hart & Co.',
  )
  expect(announcements.next([{ ...alert('Ana', 1), firm }, other], '', false)).toBe(
    'New message in 2026-0147',
  )
})

it('says no name without previews', () => {
  const announcements = new Announcements()
  announcements.next([], '', false)
  expect(announcements.next([alert('Ana', 1)], '', false)).toBe('New message in 2026-0147')
})
