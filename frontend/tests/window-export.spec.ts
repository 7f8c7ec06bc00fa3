import { expect, type Page } from '@playwright/test'
import { look } from './look'
import { test } from './processes'
import { choose } from './window'

/** Answers in place of the system's file dialog, which the test cannot operate. */
async function answerDialog(page: Page, method: 'SaveChat' | 'SaveMatter', file: string) {
  await page.evaluate(
    ([method, file]) => {
      const go = window as unknown as { go: { desktop: { App: Record<string, unknown> } } }
      go.go.desktop.App[method] = async (_: string, kind: string) => `${file}.${kind}`
    },
    [method, file],
  )
}

test('exports a chat and a whole matter', async ({ demo: page }) => {
  await expect(page.getByText('Up to date')).toBeVisible()
  await page.getByRole('listbox', { name: 'Matters' }).getByRole('option', { name: 'Okafor' }).click()
  await answerDialog(page, 'SaveChat', '/home/maya/2026-0147 Okafor, Ana Okafor, 2026-11-23')
  await choose(page, 'More actions for Ana Okafor', 'Export chat…')
  const dialog = page.getByRole('dialog', { name: 'Export' })
  await expect(dialog.getByRole('radio', { name: 'Chat with Ana Okafor' })).toBeChecked()
  await look(page, 'paper-chat')
  await dialog.getByRole('button', { name: 'Save as…' }).click()
  const saved = page.getByRole('dialog', { name: 'Saved as' })
  await expect(saved).toContainText('2026-0147 Okafor, Ana Okafor, 2026-11-23.pdf')
  await expect(saved.getByRole('button', { name: 'Done' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'More actions for Ana Okafor' })).toBeFocused()

  await answerDialog(page, 'SaveMatter', '/home/maya/2026-0147 Okafor, 2026-11-23')
  await choose(page, 'More actions for this matter', 'Export matter…')
  await expect(dialog.getByText('Whole matter')).toBeHidden()
  await dialog.getByRole('radio', { name: 'JSON' }).check()
  await look(page, 'paper-matter')
  await page.keyboard.press('Enter')
  await expect(saved).toContainText('2026-0147 Okafor, 2026-11-23.json')
  await look(page, 'paper-saved')
})

test('exports the chat of a removed participant in a closed matter', async ({ demo: page }) => {
  await expect(page.getByText('Up to date')).toBeVisible()
  await page.getByRole('listbox', { name: 'Matters' }).getByRole('option', { name: 'Okafor' }).click()
  await choose(page, 'More actions for Ana Okafor', 'Remove Ana Okafor')
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByText('Ana no longer has access to this matter.')).toBeVisible()
  await choose(page, 'More actions for this matter', 'Close matter')
  await page.getByRole('alertdialog').getByRole('button', { name: 'Close matter' }).click()
  await expect(page.getByText('Closed', { exact: true })).toBeVisible()

  await page.getByRole('button', { name: 'More actions for Ana Okafor' }).click()
  await expect(page.getByRole('menuitem')).toHaveText(['Copy link', 'Export chat…'])
  await look(page, 'paper-removed')
  await answerDialog(page, 'SaveChat', '/home/maya/Okafor')
  await page.getByRole('menuitem', { name: 'Export chat…' }).click()
  await page.getByRole('button', { name: 'Save as…' }).click()
  await expect(page.getByRole('dialog', { name: 'Saved as' })).toContainText('Okafor.pdf')
})
