import { expect, it } from 'vitest'
import { reminderTimes } from './remindertimes'

const times = (...now: [number, number, number, number]) =>
  reminderTimes(new Date(...now).getTime()).map(
    ({ label, at }) => `${label}: ${new Date(at).toString().slice(0, 21)}`,
  )

it('offers an hour, tomorrow morning and Monday', () => {
  expect(times(2026, 10, 27, 16)).toEqual([
    'In an hour: Fri Nov 27 2026 17:00',
    'Tomorrow morning: Sat Nov 28 2026 09:00',
    'Monday: Mon Nov 30 2026 09:00',
  ])
  expect(times(2026, 10, 30, 8)[2], 'on a Monday').toBe('Monday: Mon Dec 07 2026 09:00')
  expect(times(2026, 10, 29, 8), 'on a Sunday').toEqual([
    'In an hour: Sun Nov 29 2026 09:00',
    'Tomorrow morning: Mon Nov 30 2026 09:00',
  ])
  expect(times(2026, 11, 31, 23)[1], 'at the end of a year').toBe('Tomorrow morning: Fri Jan 01 2027 09:00')
})
