import { expect } from '@playwright/test'
import { look } from './look'
import { test } from './processes'

// Zoom leaves fewer CSS pixels: 1280×800 at each zoom, and the smallest window.
for (const [name, width, height] of [
  ['zoom-125', 1024, 640],
  ['zoom-150', 853, 533],
  ['zoom-200', 640, 400],
  ['smallest', 900, 600],
  ['smallest-larger', 900, 600],
  ['zoom-200-larger', 640, 400],
] as const) {
  test(`keeps everything within reach at ${name}`, async ({ demo: page }) => {
    await expect(page.getByText('Up to date')).toBeVisible()
    if (name.endsWith('larger')) {
      await page.keyboard.press('Control+,')
      await page.getByLabel('Text size').selectOption('Larger')
      await page.keyboard.press('Escape')
    }
    await page.setViewportSize({ width, height })
    const list = page.getByRole('button', { name: 'Matters', exact: true })
    if (await list.isVisible()) {
      await list.click()
      await look(page, `${name}-list`)
    }
    const matters = page.getByRole('complementary', { name: 'Matters' })
    expect(await matters.evaluate((list) => list.scrollWidth <= list.clientWidth)).toBe(true)
    await expect(page.getByRole('button', { name: 'New matter' })).toBeInViewport({ ratio: 1 })
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

test('scrolls from the messages to the box in the smallest window at 200 %', async ({ demo: page }) => {
  await expect(page.getByText('Up to date')).toBeVisible()
  await page.setViewportSize({ width: 450, height: 300 })
  await page.getByRole('button', { name: 'Matters', exact: true }).click()
  await page.getByRole('option', { name: 'Brandt v Harrow Logistics' }).click()
  const keele = page.getByRole('option', { name: 'Adrian Keele' })
  await keele.click()
  await expect(keele).toContainText('other side')
  const log = page.getByRole('log', { name: 'Chat with Adrian Keele' })
  await log.scrollIntoViewIfNeeded()
  await expect(log).toBeInViewport({ ratio: 0.9 })
  expect((await log.boundingBox())!.height).toBeGreaterThan(80)
  await look(page, 'zoom-smallest-200')
  await page.getByRole('textbox', { name: 'Enter message' }).fill('A line that is written here')
  const send = page.getByRole('button', { name: 'Send', exact: true })
  await send.scrollIntoViewIfNeeded()
  await expect(send).toBeInViewport({ ratio: 1 })
  const bar = (await page.getByRole('contentinfo', { name: 'Portal Chat' }).boundingBox())!
  const button = (await send.boundingBox())!
  expect(button.y + button.height).toBeLessThanOrEqual(bar.y)
  await look(page, 'zoom-smallest-200-box')
})
