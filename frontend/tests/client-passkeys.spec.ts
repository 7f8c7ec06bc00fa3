import { expect, type Page } from '@playwright/test'
import { box, join, password } from './clients'
import { look } from './look'
import { at, phone } from './passkeys'
import { test } from './processes'
import { Proxy } from './proxy'

const sheet = (page: Page) => page.getByRole('dialog', { name: 'Jo Lindqvist' })
const email = (page: Page) => page.getByRole('textbox', { name: 'Email' })
const openAccount = (page: Page) => page.getByRole('button', { name: 'Jo Lindqvist' }).click()
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const current = (page: Page) => sheet(page).getByLabel('Current password', { exact: true })
const chosen = (page: Page) => page.getByLabel('New password', { exact: true })
const another = 'see how they run along'

async function addPasskey(page: Page) {
  await openAccount(page)
  await button(page, 'Add a passkey').click()
  await current(page).fill(password)
  await page.keyboard.press('Enter')
  await expect(sheet(page).getByText('Passkey added. You can sign in with it now.')).toBeVisible()
}

async function signOut(page: Page) {
  await sheet(page).getByRole('button', { name: 'Sign out', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'Client portal' })).toBeVisible()
}

test.use({ viewport: { width: 390, height: 844 } })

test('adds, names and removes a passkey', async ({ portal, page }) => {
  const { says, keys } = await phone(page)
  await join(portal, page, at(portal))
  await openAccount(page)
  await expect(sheet(page).getByRole('heading', { name: 'Passkeys' })).toBeVisible()
  await button(page, 'Add a passkey').click()
  await expect(current(page)).toBeFocused()
  await look(page, 'portal-passkey-add')
  await button(page, 'Continue').click()
  await expect(sheet(page).getByText('Enter your password.')).toBeVisible()
  await current(page).fill('not this one')
  await page.keyboard.press('Enter')
  await expect(sheet(page).getByText('Wrong password.')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(button(page, 'Add a passkey')).toBeFocused()
  await page.keyboard.press('Enter')
  await current(page).fill(password)
  await says(false)
  await page.keyboard.press('Enter')
  await expect(sheet(page).getByText('No passkey was used.')).toBeVisible()
  await look(page, 'portal-passkey-cancelled')
  await says(true)
  await button(page, 'Continue').click()
  await expect(sheet(page).getByText('Passkey added. You can sign in with it now.')).toBeVisible()
  await expect(sheet(page).getByText('Added today')).toBeVisible()
  expect((await keys()).map((key) => [key.rpId, key.isResidentCredential])).toEqual([['localhost', true]])

  await sheet(page)
    .getByRole('button', { name: /^Rename/ })
    .click()
  await page.getByRole('textbox', { name: 'Name of the passkey' }).fill('My phone')
  await look(page, 'portal-passkey-rename')
  await page.keyboard.press('Enter')
  await expect(button(page, 'Rename My phone')).toBeFocused()
  await look(page, 'portal-passkeys')

  // The same device can't have a second one.
  await button(page, 'Add a passkey').click()
  await button(page, 'Use a passkey instead').click()
  await expect(sheet(page).getByText('This device already has a passkey for your account.')).toBeVisible()
  await button(page, 'Cancel').click()

  await button(page, 'Remove My phone').click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
  await expect(button(page, 'Remove My phone')).toHaveCount(0)
  await signOut(page)
  await button(page, 'Sign in with a passkey').click()
  await expect(page.getByText("This passkey doesn't work here.")).toBeVisible()
})

test('signs in with a passkey, and chooses a new password without the old one', async ({
  portal,
  page,
  browser,
}) => {
  const { says } = await phone(page)
  await join(portal, page, at(portal))
  await addPasskey(page)
  await signOut(page)
  const other = await (await browser.newContext()).newPage()
  await other.goto(portal.address)
  await email(other).fill('jo@lindqvist.example')
  await other.getByLabel('Password', { exact: true }).fill(password)
  await other.keyboard.press('Enter')
  await expect(box(other)).toBeVisible()

  await look(page, 'portal-sign-in-passkey')
  await says(false)
  await button(page, 'Sign in with a passkey').click()
  await expect(page.getByText('No passkey was used.')).toBeVisible()
  await look(page, 'portal-sign-in-passkey-cancelled')
  await says(true)
  await button(page, 'Forgot your password?').click()
  await look(page, 'portal-forgot')
  await button(page, 'Sign in with a passkey').click()
  await expect(box(page)).toBeVisible()
  await openAccount(page)
  await expect(sheet(page).getByText('Last used today', { exact: true })).toBeVisible()

  await button(page, 'Change password').click()
  await button(page, 'Forgot it? Use a passkey').click()
  await expect(chosen(page)).toBeFocused()
  await chosen(page).fill(another)
  await look(page, 'portal-password-passkey')
  await page.keyboard.press('Enter')
  await expect(sheet(page).getByText('Password changed.')).toBeVisible()
  await expect(other.getByText("You've been signed out.")).toBeVisible()
  await other.getByLabel('Password', { exact: true }).fill(another)
  await email(other).fill('jo@lindqvist.example')
  await other.keyboard.press('Enter')
  await expect(box(other)).toBeVisible()
})

test('chooses a new password with a recovery code', async ({ portal, page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await join(portal, page, at(portal))
  await openAccount(page)
  await button(page, 'Make recovery codes').click()
  await current(page).fill(password)
  let release = () => {}
  const closed = new Promise<void>((done) => (release = done))
  await page.route('**/me/recovery', async (route) => {
    await closed
    await route.continue()
  })
  await page.keyboard.press('Enter')
  await expect(button(page, 'Making codes…')).toBeVisible()
  await button(page, 'Close').click()
  release()
  await openAccount(page)
  const codes = sheet(page).getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')
  await expect(codes).toHaveCount(10)
  await look(page, 'portal-codes')
  await page.keyboard.press('Escape') // they are shown once
  const made = await codes.allInnerTexts()
  await button(page, 'Close').click()
  await openAccount(page)
  await expect(codes).toHaveText(made)
  const [code] = made
  await button(page, 'Copy').click()
  await expect(button(page, 'Copied')).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(code)
  await button(page, "I've saved them").click()
  await expect(button(page, 'Make new recovery codes')).toBeFocused()
  await expect(sheet(page).getByText('You have 10 codes left.')).toBeVisible()
  await signOut(page)

  await button(page, 'Forgot your password?').click()
  await button(page, 'Set password').click()
  await expect(email(page)).toBeFocused()
  await look(page, 'portal-forgot-empty')
  await page.keyboard.type('jo@lindqvist.example')
  const field = page.getByRole('textbox', { name: 'Recovery code' })
  await field.fill('not-a-code')
  await chosen(page).fill(another)
  await page.keyboard.press('Enter')
  await expect(page.getByText('Wrong email or recovery code.')).toBeVisible()
  await expect(field).toBeFocused()
  await look(page, 'portal-forgot-wrong')
  await field.fill(code.toUpperCase())
  await chosen(page).fill('password1234')
  await page.keyboard.press('Enter')
  await expect(page.getByText('This password is too easy to guess.')).toBeVisible()
  await chosen(page).fill(another)
  await page.keyboard.press('Enter')
  await expect(box(page)).toBeVisible()
  await openAccount(page)
  await expect(sheet(page).getByText('You have 9 codes left.')).toBeVisible()
})

test('signs in with a passkey below a path', async ({ portal, page }) => {
  await portal.serve('--trusted-proxies', '127.0.0.1')
  const proxy = await Proxy.start(portal, { path: '/clients/portal' })
  await phone(page)
  await join(portal, page, proxy.address.replace('127.0.0.1', 'localhost'))
  await addPasskey(page)
  await signOut(page)
  await button(page, 'Sign in with a passkey').click()
  await expect(box(page)).toBeVisible()
  await proxy.stop()
})

test('offers no passkeys at another address than the public one', async ({ portal, page }) => {
  await portal.serve('--public-url', 'https://portal.firm.example')
  await page.goto(at(portal))
  await expect(page.getByText('Open the link from Hartwell Legal, or sign in.')).toBeVisible()
  await expect(page.getByText('passkey')).toHaveCount(0)
  await button(page, 'Forgot your password?').click()
  await expect(page.getByRole('textbox', { name: 'Recovery code' })).toBeVisible()
  await expect(page.getByText('passkey')).toHaveCount(0)
})

test('offers no passkeys where browsers have none', async ({ portal, page }) => {
  await page.goto(portal.address) // 127.0.0.1
  await expect(button(page, 'Forgot your password?')).toBeVisible()
  await expect(page.getByText('passkey')).toHaveCount(0)
  await page.goto(portal.ana)
  await expect(box(page)).toBeVisible()
  await page.getByRole('button', { name: 'Ana Okafor' }).click()
  const account = page.getByRole('dialog', { name: 'Ana Okafor' })
  await expect(account.getByRole('heading', { name: 'Recovery codes' })).toBeVisible()
  await expect(account.getByText('passkey')).toHaveCount(0)
})
