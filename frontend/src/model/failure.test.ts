import { expect, test } from 'vitest'
import { failureOf } from './failure'

const failure = { code: 'not_found', message: 'There is nothing here.', field: '' }

// Wails hands on an error's text alone, so an object came out as "[object Object]".
test('an error of Go is read, as an object and as the text that Wails makes of it', () => {
  expect(failureOf(failure)).toEqual(failure)
  expect(failureOf(JSON.stringify(failure))).toEqual(failure)
  expect(failureOf(new Error(JSON.stringify(failure)))).toEqual(failure)
})

test('anything else is a sentence, too', () => {
  for (const thrown of [undefined, null, 7, 'oops', new Error('oops'), {}]) {
    expect(failureOf(thrown)).toMatchObject({
      code: 'internal',
      message: expect.stringContaining('Try again'),
    })
  }
})
