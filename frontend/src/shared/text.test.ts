import { expect, it } from 'vitest'
import cases from '../../../app/chat/testdata/text.json'
import { maxText, validText } from './text'

it.each(cases)('checks $name the same way as the portal', ({ text, want, problem }) => {
  expect(validText(text)).toEqual({ text: want, problem })
})

it('counts characters, after it has normalized them', () => {
  for (const longest of ['é', 'e\u0301', '👍']) expect(validText(longest.repeat(maxText)).problem).toBe('')
  expect(validText('a'.repeat(12_345)).problem).toMatch(/10,000 characters. This one has 12,345/)
})

it('refuses half a character', () => {
  expect(validText('a\ud800b').problem).toMatch(/can't be sent/)
})
