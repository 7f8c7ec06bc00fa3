import { expect } from '@playwright/test'
import { look } from './look'
import { test } from './processes'

test('lists the people waiting for an answer, the longest first', async ({ demo: page }) => {
  await expect(page.getByText('Up to date')).toBeVisible()
  await page.getByRole('option', { name: 'Okafor: purchase of 14 Elm Street' }).click()
  await expect(page.getByRole('log')).toBeVisible()
  const nav = page.getByRole('button', { name: /^Waiting for us/ })
  await nav.click()
  const list = page.getByRole('listbox', { name: 'Waiting for us' })
  const waiting = list.getByRole('option')
  await expect(waiting.first()).toBeVisible()
  const size = async () => Number(await waiting.first().getAttribute('aria-setsize'))
  const many = await size()
  await expect(nav).toContainText(String(many))
  await expect(waiting.first()).toHaveAttribute('aria-posinset', '1') // the longest wait, whichever chat is open
  await expect(waiting.first()).toBeInViewport()
  expect(await list.evaluate((box) => box.scrollTop)).toBe(0)
  await look(page, 'waiting')

  // The last one is added to the page when the list scrolls there.
  await expect(waiting).not.toHaveCount(many)
  const first = (await waiting.first().locator('.name').textContent())!
  await nav.press('Tab')
  await page.keyboard.press('End')
  const at = (n: number) => page.locator(`[role=option][aria-posinset="${n}"]`)
  await expect(at(many)).toBeFocused()
  await expect(at(many)).toBeInViewport()
  await page.keyboard.press('ArrowUp')
  await expect(at(many - 1)).toBeFocused()
  await page.keyboard.press('Home')
  await expect(at(1)).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('log', { name: `Chat with ${first}` })).toBeVisible()
  await page.getByRole('textbox', { name: 'Enter message' }).fill('I am sorry that this took so long.')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  const sure = page.getByRole('alertdialog').getByRole('button', { name: 'Send' })
  if (await sure.isVisible()) await sure.click()
  await expect.poll(size).toBe(many - 1)
  await expect(waiting.first().locator('.name')).not.toHaveText(first)
})
