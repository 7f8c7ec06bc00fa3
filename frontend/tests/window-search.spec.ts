import { expect, type Page } from '@playwright/test'
import { look } from './look'
import { test } from './processes'

const found = (page: Page) => page.getByRole('listbox', { name: 'Results' })

test('narrows a search and opens a hit in its chat', async ({ demo: page }) => {
  await expect(page.getByText('Up to date')).toBeVisible()
  await page.keyboard.press('Control+k')
  await expect(found(page).getByRole('option')).toHaveText([/^from:/, /^matter:/, /^before:/, /^after:/])
  await look(page, 'search-filters')

  await page.keyboard.type('contract mat')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('combobox')).toHaveValue('contract matter:')
  await page.keyboard.type('okafor from:maya')
  await expect(found(page).getByRole('option').first()).toContainText('Okafor: purchase of 14 Elm Street')
  for (const part of ['Okafor', 'You: ']) {
    await expect(found(page).getByRole('option').filter({ hasNotText: part })).toHaveCount(0)
  }
  await look(page, 'search-narrowed')

  const last = found(page).getByRole('option').last()
  const text = (await last.locator('mark').first().textContent())!
  await page.keyboard.press('ArrowUp')
  await expect(last).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('Enter')
  const highlighted = page.getByRole('log', { name: /^Chat with/ }).locator('.highlight')
  await expect(highlighted).toContainText(text)
  await expect(highlighted).toBeInViewport()
  await look(page, 'search-opened')
})

test('returns to the box and finds a new message', async ({ demo: page }) => {
  await expect(page.getByText('Up to date')).toBeVisible()
  await page.getByRole('option', { name: 'Okafor: purchase of 14 Elm Street' }).click()
  const box = page.getByRole('textbox', { name: 'Enter message' })
  await box.focus()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('zebra crossing')
  await expect(page.getByText(/^No results for “/)).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(box).toBeFocused()
  await page.keyboard.type('There is a zebra crossing in front of the house.')
  await page.keyboard.press('Enter')
  // It is found while it can be undone, and still when the portal confirms it.
  await expect(page.getByText('Sending to')).toBeVisible()
  await page.keyboard.press('Control+k')
  const hit = found(page).getByRole('option').first()
  await expect(hit).toContainText('You: There is a zebra crossing')
  await expect(hit).toContainText('Waiting to send')
  await expect(hit).not.toContainText(/Waiting to send|Sending/)
  await expect(hit).toContainText('You: There is a zebra crossing')
  await page.keyboard.press('Escape')
  await page.getByRole('combobox').click()
  await expect(found(page)).toBeVisible()

  // Enter opens a hit for the text as typed, even before the list has changed.
  await page.getByRole('combobox').fill('brandt')
  await expect(found(page).getByRole('option').first()).toContainText('Brandt')
  await page.getByRole('combobox').evaluate((input: HTMLInputElement) => {
    input.value = 'lindqvist'
    input.dispatchEvent(new InputEvent('input', { bubbles: true }))
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
  })
  await expect(page.getByRole('region', { name: 'Lindqvist: parenting orders' })).toBeVisible()
})

test('explains a wrong date, a long list and a search without results', async ({ demo: page }) => {
  await expect(page.getByText('Up to date')).toBeVisible()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('deposit after:soon')
  await expect(page.getByText("“soon” isn't a date.")).toBeVisible()
  await expect(found(page).getByRole('option').first()).toContainText('deposit')
  await look(page, 'search-no-day')
  await page.getByRole('combobox').fill('the')
  await expect(page.getByText('These are the newest 20 messages.')).toBeVisible()
  await page.getByText('These are the newest 20 messages.').scrollIntoViewIfNeeded()
  await look(page, 'search-full')
  await page.getByRole('combobox').fill('nothing-that-was-ever-said')
  await expect(page.getByText(/^No results for “/)).toBeVisible()
  await look(page, 'search-nothing')
})
