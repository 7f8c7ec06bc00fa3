import { expect, test } from 'vitest'
import { accents, contrast, inkOn, parsed } from './colour'

const colours = ['#000000', '#ffffff', '#1f5c57', '#ffd400', '#808080', '#0000ff', '#e30613', '#c8ff00']

test("text on the firm's colour is readable, whatever the colour", () => {
  for (const colour of colours)
    expect(contrast(parsed(colour), parsed(inkOn(colour))), colour).toBeGreaterThanOrEqual(4.5)
  expect(inkOn('#ffd400')).toBe('#000000')
  expect(inkOn('#1f5c57')).toBe('#ffffff')
})

test("text in the firm's colour is readable, light and dark, whatever the colour", () => {
  const pair = (value: string) => value.match(/#[0-9a-f]{6}/g)!.map(parsed)
  for (const colour of colours) {
    const tokens = accents(colour)
    const [accent, ink, soft] = ['--accent', '--accent-ink', '--accent-soft'].map((t) => pair(tokens[t]))
    const grounds = [['#f6f6f3', '#ffffff'].map(parsed), ['#14181a', '#1e2426'].map(parsed)]
    for (const i of [0, 1])
      for (const ground of [ink[i], soft[i], ...grounds[i]])
        expect(contrast(accent[i], ground), `${colour} ${i} on ${ground}`).toBeGreaterThanOrEqual(4.5)
  }
})
