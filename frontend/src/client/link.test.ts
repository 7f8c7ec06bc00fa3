import { beforeEach, expect, test } from 'vitest'
import { forgetInvitation, readEntryLink } from './link'

beforeEach(() => sessionStorage.clear())

function opened(address: string) {
  history.replaceState(null, '', address)
  const way = readEntryLink()
  expect(location.pathname + location.hash).toBe('/')
  return way
}

test('removes an invitation from the address bar and keeps it across reloads until it is used', () => {
  expect(opened('/invited#secret')).toEqual({ link: '', invitation: 'secret', broken: false })
  expect(opened('/')).toEqual({ link: '', invitation: 'secret', broken: false })
  forgetInvitation()
  expect(opened('/').invitation).toBe('')
})

test('uses a sign-in link once, instead of a stored invitation', () => {
  opened('/invited#secret')
  expect(opened('/join#link')).toEqual({ link: 'link', invitation: '', broken: false })
  expect(opened('/').link).toBe('')
})

test('recognises an invitation link without its secret', () => {
  expect(opened('/invited')).toEqual({ link: '', invitation: '', broken: true })
})
