import { expect, type Page } from '@playwright/test'
import type * as app from '../wailsjs/go/desktop/App'
import { look } from './look'
import { test } from './processes'

const matters = (page: Page) => page.getByRole('listbox', { name: 'Matters' })
const people = (page: Page) => page.getByRole('listbox', { name: 'Portal participants' })
const log = (page: Page) => page.getByRole('log')
const box = (page: Page) => page.getByRole('textbox', { name: 'Enter message' })
const bar = (page: Page) => page.getByRole('contentinfo', { name: 'Portal Chat' })

async function openChat(page: Page, matter: string, person: string) {
  await matters(page).getByRole('option', { name: matter }).click()
  await people(page).getByRole('option', { name: person }).click()
  await expect(box(page)).toBeVisible()
}

async function send(page: Page, text: string) {
  await box(page).fill(text)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
}

async function signIn(page: Page, address: string, password = 'demo demo demo') {
  await page.getByLabel('Portal address').fill(address)
  await page.getByLabel('Email').fill('maya@hartwell.example')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

test.describe('on the demo firm', () => {
  test.beforeEach(async ({ demo: page }) => {
    await expect(page.getByText('Up to date')).toBeVisible()
  })

  test('shows matters, participants, chat and status', async ({ demo: page }) => {
    await expect(matters(page).getByRole('option')).toHaveCount(7)
    await look(page, 'window-start')
    await openChat(page, 'Okafor: purchase of 14 Elm Street', 'Ana Okafor')
    await expect(people(page).getByRole('option')).toHaveCount(4)
    await expect(log(page)).toContainText('Does that leave us enough time?')
    await look(page, 'window-chat')
    await page.getByRole('tab', { name: 'Status' }).click()
    await expect(page.getByRole('region', { name: 'Current status' })).toContainText(
      'Contracts are exchanged.',
    )
    await look(page, 'window-status')
    await page.getByRole('button', { name: /^Mine \+ team/ }).click()
    await expect(matters(page).getByRole('option')).toHaveCount(10) // the ones of the firm's twelve that Maya may open
  })

  test('finds matters, people and messages', async ({ demo: page }) => {
    await page.keyboard.press('Control+k')
    await page.keyboard.type('codicil')
    const found = page.getByRole('listbox', { name: 'Results' })
    await expect(found.getByRole('option').first()).toContainText('codicil')
    await look(page, 'window-search')
    await page.keyboard.press('Enter')
    await expect(log(page)).toContainText('codicil')
  })

  test('makes a message the current status', async ({ demo: page }) => {
    await openChat(page, 'Okafor: purchase of 14 Elm Street', 'Ana Okafor')
    await page.getByRole('checkbox', { name: 'Set as current status' }).check()
    await send(page, 'The keys are ready to be collected.')
    await expect(log(page)).toContainText('The keys are ready to be collected.')
    await expect(box(page)).toHaveValue('')
    await expect(page.getByRole('checkbox', { name: 'Set as current status' })).not.toBeChecked()
    await page.getByRole('tab', { name: 'Status' }).click()
    const current = page.getByRole('region', { name: 'Current status' })
    await expect(current).toContainText('The keys are ready to be collected.')
    await expect(page.getByRole('region', { name: 'Earlier' })).toContainText('Contracts are exchanged.')
  })

  test('shows an alert for a chat that is not open until it is read', async ({ demo: page }) => {
    const alert = bar(page).getByRole('button', { name: 'Ana Okafor' })
    await openChat(page, 'Okafor: purchase of 14 Elm Street', 'Ana Okafor')
    await expect(alert).toBeHidden()
    await send(page, 'Could you send us the letter from the bank?')
    await openChat(page, 'Doyle: will and powers of attorney', 'Mary Doyle')
    await expect(alert).toBeVisible()
    await look(page, 'window-alert')
    await alert.click()
    await expect(page.getByRole('region', { name: 'Okafor: purchase of 14 Elm Street' })).toBeVisible()
    await expect(alert).toBeHidden()
  })

  test('lists all alerts when they do not fit side by side', async ({ demo: page }) => {
    await page.setViewportSize({ width: 640, height: 600 })
    await bar(page).getByRole('button', { name: 'Show all' }).press('Enter')
    const all = page.getByRole('grid', { name: 'All alerts' }).getByRole('row')
    await expect(all).toHaveCount(2)
    await expect(all.first()).toBeFocused()
    await page.keyboard.press('ArrowDown')
    await expect(all.last()).toBeFocused()
    await look(page, 'window-alerts')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter') // mark as read
    await expect(all).toHaveCount(1)
    await expect(all.first()).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(log(page)).toContainText('I have found the second codicil')
    await expect(all).toHaveCount(0)
  })

  test('reads alerts with the keyboard alone', async ({ demo: page }) => {
    const alerts = bar(page).getByRole('listitem')
    await expect(alerts).toHaveCount(2)
    await openChat(page, 'Doyle: will and powers of attorney', 'Mary Doyle')
    await box(page).press('F6')
    await expect(alerts.first().getByRole('button').first()).toBeFocused()
    await look(page, 'window-bar')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Tab')
    await expect(alerts.last().getByRole('button', { name: 'Mark as read' })).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(alerts).toHaveCount(1)
    await page.keyboard.press('F6')
    await expect(box(page)).toBeFocused()
    const name = await alerts.locator('b').textContent()
    await page.keyboard.press('Control+1')
    await expect(page.getByRole('log', { name: `Chat with ${name}` })).toBeVisible()
    await expect(bar(page)).toContainText('Nothing new')
  })

  test('takes an alert away until its reminder', async ({ demo: page }) => {
    const alert = bar(page).getByRole('listitem').filter({ hasText: 'Rosa Whitlock' })
    const remind = async (when: RegExp) => {
      await alert.hover()
      await alert.getByRole('button', { name: 'Remind me' }).click()
      await page.getByRole('menuitem', { name: when }).click()
      await expect(alert).toHaveCount(0)
    }
    await alert.hover()
    await alert.getByRole('button', { name: 'Remind me' }).click()
    await look(page, 'window-remind')
    await page.keyboard.press('Escape')
    await remind(/^In an hour/)
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect(alert).toBeVisible()
    await remind(/^Tomorrow morning/)

    await openChat(page, 'Estate of J. Whitlock', 'Rosa Whitlock')
    await expect(page.getByText(/^Reminder .*09:00/)).toBeVisible()
    await look(page, 'window-reminder')
    await page.getByRole('button', { name: 'Cancel reminder' }).click()
    await expect(page.getByText(/^Reminder/)).toHaveCount(0)

    // A reminder that is due is in the bar until its alert is opened.
    await page.evaluate(async () => {
      const { App } = (window as never as { go: { desktop: { App: typeof app } } }).go.desktop
      await App.SetReminder((await App.LastChat()).participant, Date.now() - 1, 0)
    })
    await openChat(page, 'Doyle: will and powers of attorney', 'Mary Doyle')
    await expect(alert).toContainText('Reminder')
    await look(page, 'window-reminder-due')
    await alert.getByRole('button', { name: /Rosa Whitlock/ }).click()
    await expect(page.getByRole('log', { name: 'Chat with Rosa Whitlock' })).toBeVisible()
    await expect(alert).toHaveCount(0)
  })

  test('says what is wrong with a message and keeps it', async ({ demo: page }) => {
    await openChat(page, 'Okafor: purchase of 14 Elm Street', 'Ana Okafor')
    await send(page, '  \n ')
    await expect(page.getByRole('alert')).toContainText('Write a message first.')
    const long = 'x'.repeat(10_001)
    await send(page, long)
    await expect(page.getByRole('alert')).toContainText('10,000')
    await expect(box(page)).toHaveValue(long)
    await look(page, 'window-too-long')
  })
})

test('says why a sign-in failed and keeps what was typed', async ({ signedOut: page, portal }) => {
  await expect(page.getByRole('heading', { name: "Sign in to your firm's portal" })).toBeVisible()
  await look(page, 'window-sign-in')

  await signIn(page, portal.address, 'not her password')
  await expect(page.getByRole('alert')).toContainText('password')
  await expect(page.getByLabel('Password')).toHaveValue('not her password')
  await look(page, 'window-wrong-password')

  await signIn(page, 'http://127.0.0.1:1')
  await expect(page.getByRole('alert')).toContainText('reach the portal')
  for (const [field, value] of [
    ['Portal address', 'http://127.0.0.1:1'],
    ['Email', 'maya@hartwell.example'],
    ['Password', 'demo demo demo'],
  ]) {
    await expect(page.getByLabel(field)).toHaveValue(value)
  }
})

test('works offline and sends everything once when the portal is back', async ({
  signedOut: page,
  portal,
}) => {
  await signIn(page, portal.address)
  await expect(page.getByText('Up to date')).toBeVisible()
  await openChat(page, 'Okafor: purchase of 14 Elm Street', 'Ana Okafor')

  await portal.stop()
  const texts = ['The first of three.', 'The second of three.', 'The third of three.']
  for (const text of texts) {
    await send(page, text)
    await expect(log(page)).toContainText(text)
  }
  await expect(log(page).getByText('Waiting to send')).toHaveCount(3)
  await expect(page.getByText('3 waiting to send')).toBeVisible()
  await look(page, 'window-offline')

  await portal.start()
  await expect(log(page).getByText('Waiting to send')).toHaveCount(0)
  await expect(page.getByText('Up to date')).toBeVisible()
  for (const text of texts) {
    await expect(log(page).getByText(text)).toHaveCount(1)
    expect(await portal.count(portal.ana, text)).toBe(1)
  }
})
