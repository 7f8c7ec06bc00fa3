import { beforeEach, expect, test } from 'vitest'
import { forgetInvitation, forgetReset, noLink, readEntryLink } from './link'

beforeEach(() => sessionStorage.clear())

function opened(address: string) {
  history.replaceState(null, '', address)
  const way = readEntryLink()
  expect(location.pathname + location.hash).toBe('/')
  return way
}

test('removes an invitation from the address bar and keeps it across reloads until it is used', () => {
  expect(opened('/invited#secret')).toEqual({ ...noLink, invitation: 'secret' })
  expect(opened('/')).toEqual({ ...noLink, invitation: 'secret' })
  forgetInvitation()
  expect(opened('/').invitation).toBe('')
})

test('recognises an invitation that asks for a PIN', () => {
  expect(opened('/invited#secret&pin')).toMatchObject({ invitation: 'secret', pin: true })
  expect(opened('/')).toMatchObject({ invitation: 'secret', pin: true })
})

test('uses a sign-in link once, instead of a stored invitation', () => {
  opened('/invited#secret')
  expect(opened('/join#link')).toEqual({ ...noLink, link: 'link' })
  expect(opened('/').link).toBe('')
})

test('removes a link for a new password from the address bar and keeps it across reloads until it is used', () => {
  expect(opened('/reset#secret')).toEqual({ ...noLink, reset: 'secret' })
  expect(opened('/')).toEqual({ ...noLink, reset: 'secret' })
  forgetReset()
  expect(opened('/')).toEqual(noLink)
})

test('opens the newer of an invitation and a link for a new password', () => {
  opened('/invited#invitation')
  expect(opened('/reset#secret')).toEqual({ ...noLink, reset: 'secret' })
  expect(opened('/invited#another')).toEqual({ ...noLink, invitation: 'another' })
})

test('recognises a link without its secret', () => {
  expect(opened('/invited')).toEqual({ ...noLink, broken: true })
  expect(opened('/reset')).toEqual({ ...noLink, broken: true })
})
