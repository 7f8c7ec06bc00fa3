import type { Page } from '@playwright/test'

/** Chooses an item of a menu, which a button of this name opens. */
export async function choose(page: Page, menu: string | RegExp, item: string | RegExp) {
  await page.getByRole('button', { name: menu }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

export const dialog = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name })
