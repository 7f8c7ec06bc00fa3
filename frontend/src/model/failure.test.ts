import { expect, test } from 'vitest'
import { failureOf } from './failure'

const failure = { code: 'not_found', message: 'There is nothing here.', field: '' }

// Wails passes on only an error's text, so an object once arrived as "[object Object]".
test('reads an error from Go, as an object and as JSON text', () => {
  expect(failureOf(failure)).toEqual(failure)
  expect(failureOf(JSON.stringify(failure))).toEqual(failure)
  expect(failureOf(new Error(JSON.stringify(failure)))).toEqual(failure)
})

test('makes a sentence of anything else', () => {
  for (const thrown of [undefined, null, 7, 'oops', new Error('oops'), {}]) {
    expect(failureOf(thrown)).toMatchObject({
      code: 'internal',
      message: expect.stringContaining('Try again'),
    })
  }
})
