import { expect, test } from 'vitest'
import { device } from './device'

test('names a browser and system the way people know them', () => {
  const kit = 'AppleWebKit/537.36 (KHTML, like Gecko)'
  expect(device(`Mozilla/5.0 (Linux; Android 14) ${kit} Chrome/130.0 Mobile Safari/537.36`)).toBe(
    'Chrome on Android',
  )
  expect(
    device(`Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) ${kit} Version/18.0 Safari/604.1`),
  ).toBe('Safari on iPhone')
  expect(device(`Mozilla/5.0 (Windows NT 10.0; Win64) ${kit} Chrome/130.0 Safari/537.36 Edg/130.0`)).toBe(
    'Edge on Windows',
  )
  expect(device('curl')).toBe('Browser')
})
