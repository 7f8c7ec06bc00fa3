import { expect } from '@playwright/test'
import { look } from './look'
import { test } from './processes'

// A page that is zoomed has so many pixels less: 1280×800 at each zoom, and the smallest window.
for (const [name, width, height] of [
  ['zoom-125', 1024, 640],
  ['zoom-150', 853, 533],
  ['zoom-200', 640, 400],
  ['smallest', 900, 600],
] as const) {
  test(`everything can be reached at ${name}`, async ({ demo: page }) => {
    await page.setViewportSize({ width, height })
    await expect(page.getByText('Up to date')).toBeVisible()
    const list = page.getByRole('button', { name: 'Matters', exact: true })
    if (await list.isVisible()) {
      await list.click()
      await look(page, `${name}-list`)
    }
    await page.getByRole('option', { name: 'Okafor: purchase of 14 Elm Street' }).click()
    await page.getByRole('option', { name: 'Ana Okafor' }).click()
    await page.getByRole('textbox', { name: 'Enter message' }).fill('A line that is written here')
    await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeInViewport({ ratio: 1 })
    await expect(page.getByRole('button', { name: 'Find in this chat' })).toBeInViewport({ ratio: 1 })
    await expect(page.getByRole('contentinfo', { name: 'Portal Chat' })).toBeInViewport({ ratio: 1 })
    const log = await page.getByRole('log', { name: 'Chat with Ana Okafor' }).boundingBox()
    expect(log!.height).toBeGreaterThan(height / 5)
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    await look(page, name)
    await page.getByRole('tab', { name: 'Status' }).click()
    await look(page, `${name}-status`)
  })
}
