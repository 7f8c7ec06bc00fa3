import { expect, it } from 'vitest'
import cases from '../../../app/search/testdata/fold.json'
import { fold } from './fold'

it.each(cases)('folds "$text" the same way as search', ({ text, words }) => {
  expect(fold(text)).toBe(words)
})
