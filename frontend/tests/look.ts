import { expect, type Page } from '@playwright/test'
import type axe from 'axe-core'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { out } from './processes'

/** axe's rules about colours. */
const colours = ['color-contrast', 'link-in-text-block']

/** The minified axe, which takes half as long to load as the one that axe-core exports. */
const source = readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** Lets axe parse each colour once. Parsing the same few again and again takes an eighth of its time. */
function rememberColours() {
  interface Colour {
    r: number
    g: number
    b: number
    alpha: number
    parseString(text: string): Colour
  }
  const { prototype } = (
    window as unknown as { axe: { commons: { color: { Color: { prototype: Colour } } } } }
  ).axe.commons.color.Color
  const parse = prototype.parseString
  const parsed = new Map<string, Pick<Colour, 'r' | 'g' | 'b' | 'alpha'>>()
  prototype.parseString = function (text) {
    const known = parsed.get(text)
    if (known) return Object.assign(this, known)
    const { r, g, b, alpha } = parse.call(this, text)
    parsed.set(text, { r, g, b, alpha })
    return this
  }
}

/** What axe finds on a page, with all its rules or only these. */
async function violations(page: Page, rules?: string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) {
    await page.evaluate(await source)
    await page.evaluate(rememberColours)
  }
  return page.evaluate(
    async (options) => {
      const { violations } = await (window as never as { axe: typeof axe }).axe.run(options)
      return violations.map((v) => `${v.id}: ${v.help}\n${v.nodes.map((n) => n.html).join('\n')}`)
    },
    { resultTypes: ['violations' as const], ...(rules && { runOnly: rules }) },
  )
}

/**
 * Checks a screen with axe, in light and dark. In dark only the colours differ. With SCREENSHOTS=1 it also saves what
 * both look like in build/out, which takes a tenth longer.
 */
export async function look(page: Page, name: string) {
  for (const [colorScheme, rules] of [['light'], ['dark', colours]] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    if (process.env.SCREENSHOTS) await page.screenshot({ path: join(out, `${name}-${colorScheme}.png`) })
    expect.soft(await violations(page, rules), `${name}, ${colorScheme}`).toEqual([])
  }
}
