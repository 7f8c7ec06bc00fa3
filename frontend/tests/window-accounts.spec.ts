import { expect, type Page } from '@playwright/test'
import { Ana } from './firm'
import { look } from './look'
import { choosePassword, portald, resetPath } from './portald'
import { test } from './processes'
import { choose } from './window'

const bar = (page: Page) => page.getByRole('contentinfo', { name: 'Portal Chat' })
const firm = (page: Page, name: string) => page.getByRole('heading', { level: 1, name })
const message = (page: Page) => page.getByRole('textbox', { name: 'Enter message' })

async function addAccount(page: Page, me: string, address: string, email: string, password: string) {
  await choose(page, `${me} (your account)`, 'Add account')
  await page.getByRole('button', { name: "Connect to my firm's portal" }).click()
  await page.getByLabel('Portal address').fill(address)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Up to date')).toBeVisible()
}

test('three accounts sync and alert, and a click switches to the chat', async ({
  app,
  page,
  portal,
  data,
}) => {
  portald(data, 'user', 'admin', 'maya@hartwell.example')
  portald(data, 'user', 'add', '--name', 'Lena Roth', '--email', 'lena@hartwell.example')
  const password = 'three blind mice running'
  await choosePassword(portal, resetPath(data, 'lena@hartwell.example'), password)

  await page.getByRole('button', { name: 'Start a portal on this computer' }).click()
  await page.getByLabel('Firm name').fill('Hart & Co.')
  await page.getByLabel('Your name').fill('Rosa Hart')
  await page.getByLabel('Email').fill('rosa@hart.example')
  await page.getByLabel('Password').fill('a long password')
  await page.keyboard.press('Enter')
  await expect(firm(page, 'Hart & Co.')).toBeVisible()
  await addAccount(page, 'Rosa Hart', portal.address, 'lena@hartwell.example', password)
  await expect(firm(page, 'Hartwell Legal')).toBeVisible()
  await addAccount(page, 'Lena Roth', portal.address, 'maya@hartwell.example', 'demo demo demo')
  await page.getByRole('option', { name: 'Okafor: purchase of 14 Elm Street' }).click()
  await message(page).fill('half a thought')
  await choose(page, 'Maya Hart (your account)', /Switch to Rosa Hart/)
  await expect(firm(page, 'Hart & Co.')).toBeVisible()

  const ana = await new Ana(portal).signIn()
  await ana.send('Are you there?')
  const alert = bar(page).getByRole('button', { name: /Ana Okafor.*Are you there/ })
  await expect(alert).toContainText('Hartwell Legal (Maya Hart)')
  await look(page, 'accounts-alert')
  await page.getByRole('button', { name: 'Rosa Hart (your account)' }).click()
  await expect(page.getByRole('menuitem', { name: /Switch to Maya Hart/ })).toContainText('new')
  await look(page, 'accounts-menu')
  await page.keyboard.press('Escape')
  await alert.click()
  await expect(firm(page, 'Hartwell Legal')).toBeVisible()
  await expect(page.getByRole('log').getByText('Are you there?')).toBeVisible()
  await expect(message(page)).toHaveValue('half a thought')

  // The firm ends the access of an account that the window doesn't show.
  portald(data, 'user', 'deactivate', 'lena@hartwell.example')
  const notice = page.getByText(
    'Hartwell Legal (Lena Roth): Your access was ended by the firm. Your matters on this computer were deleted.',
  )
  await expect(notice).toBeVisible()
  await page.mouse.move(0, 0) // away from the bar
  await look(page, 'accounts-notice')
  await page.getByRole('button', { name: 'OK', exact: true }).click()
  await expect(notice).toBeHidden()

  // All accounts work again after a restart.
  await app.restart(page)
  await choose(page, 'Maya Hart (your account)', /Switch to Rosa Hart/)
  await ana.send('Still there?')
  await expect(bar(page).getByRole('button', { name: /Ana Okafor.*Still there/ })).toContainText(
    'Hartwell Legal',
  )
  await page.setViewportSize({ width: 640, height: 700 })
  await expect(firm(page, 'Hart & Co.')).toBeVisible()
  await look(page, 'accounts-narrow')
})
