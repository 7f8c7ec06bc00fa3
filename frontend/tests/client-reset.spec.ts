import { expect, type Page } from '@playwright/test'
import { box, join, password } from './clients'
import { look } from './look'
import { resetPath } from './portald'
import { test } from './processes'

const chosen = (page: Page) => page.getByLabel('New password', { exact: true })
const email = (page: Page) => page.getByRole('textbox', { name: 'Email' })
const set = (page: Page) => page.getByRole('button', { name: 'Set password' })
const title = (page: Page, name: string) => page.getByRole('heading', { name })
const another = 'see how they run along'

for (const [device, width, height] of [
  ['phone', 390, 844],
  ['desktop', 1280, 800],
] as const) {
  test.describe(`on a ${device}`, () => {
    test.use({ viewport: { width, height } })

    test('chooses a new password with a link, once', async ({ portal, data, page, browser }) => {
      const old = await (await browser.newContext()).newPage()
      await join(portal, old)
      const path = resetPath(data, 'jo@lindqvist.example')
      const asked: string[] = []
      page.on('request', (request) => asked.push(request.url()))
      await page.goto(portal.address + path)
      await expect(title(page, 'Choose a new password')).toBeVisible()
      expect(page.url()).toBe(portal.address + '/')
      expect(asked.join()).not.toContain(path.split('#')[1])
      await expect(page.getByText("For Jo Lindqvist. You'll be signed out everywhere else.")).toBeVisible()
      await expect(email(page)).toHaveValue('jo@lindqvist.example')
      await expect(email(page)).toHaveAttribute('autocomplete', 'username')
      await expect(email(page)).not.toBeEditable()
      await look(page, `portal-reset-${width}`)

      await set(page).click()
      await expect(page.getByText('Choose a password.')).toBeVisible()
      await expect(chosen(page)).toBeFocused()
      await page.keyboard.type('short')
      await page.getByRole('button', { name: 'Show password' }).click()
      await expect(chosen(page)).toHaveAttribute('type', 'text')
      await set(page).click()
      await expect(page.getByText('This password is too short.')).toBeVisible()
      await look(page, `portal-reset-short-${width}`)

      // A reload keeps the link.
      await page.reload()
      await chosen(page).fill('password1234')
      await page.keyboard.press('Enter')
      await expect(page.getByText('This password is too easy to guess.')).toBeVisible()
      await expect(chosen(page)).toHaveValue('password1234')
      await chosen(page).fill(another)
      await page.keyboard.press('Enter')
      await expect(box(page)).toBeVisible()
      await expect(old.getByText("You've been signed out.")).toBeVisible()

      await page.goto(portal.address + path)
      await expect(title(page, 'This link no longer works')).toBeVisible()
      await look(page, `portal-reset-expired-${width}`)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await expect(box(page)).toBeVisible() // still signed in

      await email(old).fill('jo@lindqvist.example')
      await old.getByLabel('Password', { exact: true }).fill(password)
      await old.keyboard.press('Enter')
      await expect(old.getByText('Wrong email or password.')).toBeVisible()
      await old.getByLabel('Password', { exact: true }).fill(another)
      await old.keyboard.press('Enter')
      await expect(box(old)).toBeVisible()
    })

    test('sends a user of the firm to the app', async ({ portal, data, page, context }) => {
      await page.goto(portal.address + resetPath(data, 'maya@hartwell.example'))
      await chosen(page).fill(another)
      await set(page).click()
      await expect(title(page, 'Your password is set')).toBeVisible()
      await expect(page.getByText('Now sign in with the Matterline app.')).toBeVisible()
      await expect(page.getByText(portal.address)).toBeVisible()
      await look(page, `portal-reset-done-${width}`)
      expect((await context.cookies()).map((cookie) => cookie.name)).not.toContain('matterline_session')
      await page.reload()
      await expect(title(page, 'Client portal')).toBeVisible()
    })
  })
}

test('keeps what was typed while offline', async ({ portal, data, page, context }) => {
  await page.goto(portal.address + resetPath(data, 'maya@hartwell.example'))
  await chosen(page).fill(another)
  await context.setOffline(true)
  await set(page).click()
  await expect(page.getByRole('alert').filter({ hasText: "Couldn't connect." })).toBeVisible()
  await expect(chosen(page)).toHaveValue(another)
  await look(page, 'portal-reset-offline')
  await context.setOffline(false)
  await set(page).click()
  await expect(title(page, 'Your password is set')).toBeVisible()
})

test('opens a link once the portal answers', async ({ portal, data, page }) => {
  const path = resetPath(data, 'maya@hartwell.example')
  await page.route('**/api/v1/resets/info', (route) => route.abort())
  await page.goto(portal.address + path)
  await expect(title(page, "Couldn't connect")).toBeVisible()
  await expect(page.getByText('Check your internet connection. The link still works.')).toBeVisible()
  await look(page, 'portal-reset-away')
  await page.unroute('**/api/v1/resets/info')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(title(page, 'Choose a new password')).toBeVisible()
})

test('shows long and right-to-left names', async ({ portal, data, page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await page.route('**/api/v1/resets/info', async (route) => {
    const response = await route.fetch()
    const name = 'שרה בת־עמי '.repeat(8)
    await route.fulfill({
      response,
      json: { ...(await response.json()), name, email: `${'long'.repeat(40)}@example.com` },
    })
  })
  await page.goto(portal.address + resetPath(data, 'maya@hartwell.example'))
  await expect(title(page, 'Choose a new password')).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await look(page, 'portal-reset-long')
})

test('says that the link is incomplete', async ({ portal, page }) => {
  await page.goto(portal.address + '/reset')
  await expect(page.getByRole('alert').filter({ hasText: 'This link is incomplete.' })).toBeVisible()
})

test('refuses a staff account without leaving a session', async ({ portal, page, context }) => {
  await page.goto(portal.address)
  await email(page).fill('maya@hartwell.example')
  await page.getByLabel('Password', { exact: true }).fill('demo demo demo')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('This is a staff account.')).toBeVisible()
  expect(await context.cookies()).toEqual([])
})
