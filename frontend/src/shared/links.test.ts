import { expect, it } from 'vitest'
import { parts } from './links'

const links = (text: string) => parts(text).flatMap((part) => part.href ?? [])

it('finds web addresses and leaves other text unchanged', () => {
  const text = 'See https://council.example/a?b=1, then\nwrite.'
  expect(links(text)).toEqual(['https://council.example/a?b=1'])
  expect(
    parts(text)
      .map((part) => part.text)
      .join(''),
  ).toBe(text)
})

it.each([
  ['(https://a.example/x)', 'https://a.example/x'],
  ['https://a.example/x_(y)', 'https://a.example/x_(y)'],
  ['“https://a.example”!', 'https://a.example/'],
])('finds the end of %s', (text, href) => expect(links(text)).toEqual([href]))

it.each([
  'javascript:alert(1)',
  'data:text/html,hi',
  'file:///etc/passwd',
  'www.a.example',
  'http://',
  'https://[',
])('makes no link of %s', (text) => expect(links(text)).toEqual([]))

it('shows lookalike letters in an address as punycode', () => {
  expect(links('https://аpple.example')).toEqual(['https://xn--pple-43d.example/'])
})
