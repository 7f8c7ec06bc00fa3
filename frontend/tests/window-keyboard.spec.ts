import { expect, type Locator, type Page } from '@playwright/test'
import { look } from './look'
import { test } from './processes'

const okafor = 'Okafor: purchase of 14 Elm Street'
const region = (page: Page, name: string) => page.getByRole('region', { name })
const box = (page: Page) => page.getByRole('textbox', { name: 'Enter message' })

/** Presses Tab until an element has the focus, and checks that it is in view. */
async function tabTo(page: Page, wanted: Locator, back = false) {
  const has = () => wanted.evaluate((element) => element === document.activeElement)
  for (let i = 0; !(await has()); i++) {
    expect(i, `tabs to ${wanted}`).toBeLessThan(40)
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab')
  }
  await expect(wanted).toBeInViewport()
}

test('supports a day of work without a mouse', async ({ demo: page }) => {
  await expect(page.getByText('Up to date')).toBeVisible()

  // A matter, a participant, a message, another.
  const matters = page.getByRole('listbox', { name: 'Matters' }).getByRole('option')
  await tabTo(page, matters.first())
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await expect(region(page, okafor)).toBeVisible()
  const people = page.getByRole('listbox', { name: 'Portal participants' }).getByRole('option')
  await tabTo(page, people.first())
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('log', { name: 'Chat with Ben Okafor' })).toBeVisible()
  await look(page, 'keyboard-focus')
  await tabTo(page, box(page))
  await page.keyboard.type('The keys are')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('at the office.')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('log').getByText('The keys are\nat the office.')).toBeVisible()
  await expect(box(page)).toBeFocused()

  // A message to two people; the focus returns to the box.
  await tabTo(page, page.getByRole('button', { name: /Add recipients/ }))
  await page.keyboard.press('Enter')
  await tabTo(page, page.getByRole('checkbox', { name: 'Kia Lending' }))
  await page.keyboard.press('Space')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: /Add recipients/ })).toBeFocused()
  await tabTo(page, box(page), true)
  await page.keyboard.type('Closed on Friday.')
  await page.keyboard.press('Enter')
  const question = page.getByRole('alertdialog', { name: 'Send to 2 people?' })
  await tabTo(page, question.getByRole('button', { name: 'Send to 2 people' }))
  await page.keyboard.press('Enter')
  await expect(question).toBeHidden()
  await expect(page.getByRole('log').getByText('Closed on Friday.')).toBeVisible()
  await expect(box(page)).toBeFocused()

  // The Status tab and back.
  await tabTo(page, page.getByRole('tab', { name: 'Portal Chat' }), true)
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('tab', { name: 'Status' })).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('ArrowLeft')

  // The next matter, a menu, the settings, the list of shortcuts.
  await page.keyboard.press('Alt+ArrowDown')
  await expect(region(page, 'Estate of J. Whitlock')).toBeVisible()
  const menu = page.getByRole('button', { name: 'More actions for this matter' })
  await tabTo(page, menu)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('menuitem', { name: 'Edit matter' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(menu).toBeFocused()
  await page.keyboard.press('Control+,')
  const settings = page.getByRole('dialog', { name: 'Settings' })
  await expect(settings).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(settings).toBeHidden()
  await expect(menu).toBeFocused()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
  await page.keyboard.press('Escape')

  // Ben has answered, and his alert opens the chat.
  const alert = page
    .getByRole('contentinfo', { name: 'Portal Chat' })
    .getByRole('button', { name: 'Ben Okafor' })
  await expect(alert).toBeVisible()
  await tabTo(page, alert)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('log', { name: 'Chat with Ben Okafor' })).toBeVisible()
})
