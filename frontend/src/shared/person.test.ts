import { expect, it } from 'vitest'
import { initials, nameAndDetail, tint } from './person'

it.each([
  ['Ana Okafor', 'AO'],
  ['Maria del Carmen Ruiz', 'MR'],
  ['Tom', 'T'],
  ['élodie  (agent)', 'É'],
  ['', ''],
])('%s is %s', (name, short) => expect(initials(name)).toBe(short))

it('adds what belongs beside a name', () => {
  expect(nameAndDetail('Maya Hart', 'maya@firm.example')).toBe('Maya Hart (maya@firm.example)')
  expect(nameAndDetail('Maya Hart', '')).toBe('Maya Hart')
})

it('gives everyone one of the four tints and uses all four', () => {
  const tints = Array.from({ length: 200 }, (_, i) => tint(`01939f4c-7d${i}`))
  expect(new Set(tints)).toEqual(new Set([0, 1, 2, 3]))
})
