import { expect, test, vi } from 'vitest'
import type { Api } from './api'
import { OwnKeys } from './ownkeys.svelte'

test('counts new recovery codes, also if an answer from before comes late', async () => {
  const codes = Array.from({ length: 10 }, (_, n) => `code ${n}`)
  const answers: (() => void)[] = []
  let left = 3
  const me = vi.fn(() => {
    const then = left
    return new Promise((answer) => answers.push(() => answer({ recovery_codes_left: then })))
  })
  const api = {
    me,
    passkeys: async () => [],
    makeRecoveryCodes: async () => {
      left = codes.length
      return codes
    },
  }
  const keys = new OwnKeys(api as unknown as Api, () => true)
  const reading = keys.read()
  await keys.makeCodes({ password: 'right' })
  expect(keys.newCodes).toEqual(codes)
  answers[0]()
  await reading
  await vi.waitFor(() => expect(answers).toHaveLength(2))
  answers[1]()
  await vi.waitFor(() => expect(keys.codesLeft).toBe(10))
})
