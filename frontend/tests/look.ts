import { expect, type Page } from '@playwright/test'
import axe from 'axe-core'
import { join } from 'node:path'
import { out } from './processes'

/** axe's rules about colours. */
const colours = ['color-contrast', 'link-in-text-block']

/** What axe finds on a page, with all its rules or only these. */
async function violations(page: Page, rules?: string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  return page.evaluate(
    async (options) => {
      const { violations } = await (window as never as { axe: typeof axe }).axe.run(options)
      return violations.map((v) => `${v.id}: ${v.help}\n${v.nodes.map((n) => n.html).join('\n')}`)
    },
    { resultTypes: ['violations' as const], ...(rules && { runOnly: rules }) },
  )
}

/** Checks a screen with axe and takes screenshots, in light and dark. In dark only the colours differ. */
export async function look(page: Page, name: string) {
  for (const [colorScheme, rules] of [['light'], ['dark', colours]] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.screenshot({ path: join(out, `${name}-${colorScheme}.png`) })
    expect.soft(await violations(page, rules), `${name}, ${colorScheme}`).toEqual([])
  }
}
