import { expect } from '@playwright/test'
import { choose, dialog } from './window'
import { look } from './look'
import { test } from './processes'

test('sets who covers for the user, and ends it', async ({ demo: page }) => {
  await expect(page.getByText('Up to date')).toBeVisible()
  await choose(page, /your account/, 'Who covers for you…')
  const form = dialog(page, 'Who covers for you?')
  const colleague = form.getByRole('combobox', { name: 'Colleague' })
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(form.getByText('Choose a colleague.')).toBeVisible()
  await expect(colleague).toBeFocused()
  const tom = colleague.getByRole('option').nth(1)
  const name = (await tom.textContent())!
  await colleague.selectOption(name)
  await form.getByRole('checkbox', { name: 'Only the colleague gets the alerts' }).check()
  await look(page, 'cover-form')
  await form.getByRole('button', { name: 'Save' }).click()
  await expect(form).toBeHidden()

  const banner = page.getByRole('status').filter({ hasText: `${name} covers for you` })
  await expect(banner).toContainText('alone gets your alerts')
  await look(page, 'cover-banner')
  await choose(page, /your account/, 'Who covers for you…')
  await expect(colleague).toHaveValue(/./)
  await expect(form.getByText(/ can't open \d+ of these matters/)).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(form).toBeHidden()

  await banner.getByRole('button', { name: "I'm back" }).click()
  await expect(banner).toBeHidden()
})
