import { beforeEach, expect, test } from 'vitest'
import { forgetInvitation, wayIn } from './link'

beforeEach(() => sessionStorage.clear())

function opened(address: string) {
  history.replaceState(null, '', address)
  const way = wayIn()
  expect(location.pathname + location.hash).toBe('/')
  return way
}

test('an invitation leaves the address bar at once, and survives a reload until it is used', () => {
  expect(opened('/invited#secret')).toEqual({ link: '', invitation: 'secret', broken: false })
  expect(opened('/')).toEqual({ link: '', invitation: 'secret', broken: false })
  forgetInvitation()
  expect(opened('/').invitation).toBe('')
})

test('a sign-in link is used once, and takes the place of an invitation', () => {
  opened('/invited#secret')
  expect(opened('/join#link')).toEqual({ link: 'link', invitation: '', broken: false })
  expect(opened('/').link).toBe('')
})

test('a link that was cut off is known as one', () => {
  expect(opened('/invited')).toEqual({ link: '', invitation: '', broken: true })
})
