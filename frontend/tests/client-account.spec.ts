import { expect, type Page } from '@playwright/test'
import { box, join, password } from './clients'
import { look } from './look'
import { portald } from './portald'
import { test, type Portal } from './processes'

const sheet = (page: Page) => page.getByRole('dialog', { name: 'Jo Lindqvist' })
async function signIn(portal: Portal, page: Page, password: string) {
  await page.goto(portal.address)
  await page.getByRole('textbox', { name: 'Email' }).fill('jo@lindqvist.example')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

for (const [device, width, height] of [
  ['phone', 390, 844],
  ['desktop', 1280, 800],
] as const) {
  test.describe(`on a ${device}`, () => {
    test.use({ viewport: { width, height } })

    test('lists devices, changes the password and signs out', async ({ portal, page, browser }) => {
      await join(portal, page)
      const other = await (await browser.newContext()).newPage()
      await signIn(portal, other, password)
      await expect(box(other)).toBeVisible()

      await page.getByRole('button', { name: 'Jo Lindqvist' }).click()
      await expect(sheet(page).getByText('Signed in to Hartwell Legal')).toBeVisible()
      await expect(sheet(page).getByRole('listitem')).toHaveCount(2)
      await expect(sheet(page).getByText('Chrome on Linux')).toHaveCount(2)
      await look(page, `portal-account-${width}`)
      await sheet(page)
        .getByRole('button', { name: /Sign out of Chrome on Linux, signed in/ })
        .click()
      await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out' }).click()
      await expect(sheet(page).getByRole('listitem')).toHaveCount(1)
      await expect(other.getByText("You've been signed out.")).toBeVisible()

      // Escape closes the form before the sheet, and a tap beside the sheet closes nothing.
      const current = sheet(page).getByLabel('Current password', { exact: true })
      await sheet(page).getByRole('button', { name: 'Change password' }).click()
      await expect(current).toBeFocused()
      await page.keyboard.press('Escape')
      await expect(sheet(page).getByRole('button', { name: 'Change password' })).toBeFocused()

      await sheet(page).getByRole('button', { name: 'Change password' }).click()
      await page.mouse.click(5, 5)
      await current.fill('not this one')
      await sheet(page).getByLabel('New password', { exact: true }).fill('see how they run')
      await page.keyboard.press('Enter')
      await expect(sheet(page).getByText('Wrong password.')).toBeVisible()
      await expect(sheet(page).getByLabel('New password', { exact: true })).toHaveValue('see how they run')
      await look(page, `portal-password-${width}`)
      await current.fill(password)
      await page.keyboard.press('Enter')
      await expect(sheet(page).getByText('Password changed.')).toBeVisible()
      await page.keyboard.press('Escape')
      await expect(page.getByRole('button', { name: 'Jo Lindqvist' })).toBeFocused()

      // Signing out would delete the draft, so it asks.
      await box(page).fill('Half a thought')
      await page.getByRole('button', { name: 'Jo Lindqvist' }).click()
      await sheet(page).getByRole('button', { name: 'Sign out', exact: true }).click()
      const question = page.getByRole('alertdialog')
      await expect(question).toContainText('1 draft will be deleted from this device.')
      await question.getByRole('button', { name: 'Cancel' }).click()
      await sheet(page).getByRole('button', { name: 'Sign out', exact: true }).click()
      await question.getByRole('button', { name: 'Sign out' }).click()
      await expect(page.getByRole('heading', { name: 'Client portal' })).toBeVisible()
      await expect(page.getByText('Open the link from Hartwell Legal, or sign in.')).toBeVisible()
      await look(page, `portal-sign-in-${width}`)
      await signIn(portal, page, 'see how they run')
      await expect(box(page)).toHaveValue('')
    })

    test('uses the colour of the firm', async ({ portal, page }) => {
      // The demo firm has no colour, so the test adds one to the portal's answers.
      let colour = ''
      await page.route(/\/api\/v1\/(me|sessions)$/, async (route) => {
        const response = await route.fetch()
        const json = await response.json()
        Object.assign(json.me ?? json, { colour })
        await route.fulfill({ response, json })
      })
      for (colour of ['#ffd400', '#7a1f3d', '#0b0b0b']) {
        await page.goto(portal.ana)
        await expect(page.getByRole('log')).toContainText('Does that leave us enough time?')
        await look(page, `portal-colour-${colour.slice(1)}-${width}`)
      }
    })
  })
}

test('stays signed in when the portal cannot be reached', async ({ portal, page, context }) => {
  await join(portal, page)
  await page.getByRole('button', { name: 'Jo Lindqvist' }).click()
  await context.setOffline(true)
  await sheet(page).getByRole('button', { name: 'Sign out', exact: true }).click()
  await expect(page.getByRole('alertdialog')).toContainText("Couldn't sign you out")
  await context.setOffline(false)
  await page.getByRole('alertdialog').getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('heading', { name: 'Client portal' })).toBeVisible()
})

test('asks for a new password in place of one that the firm chose', async ({ portal, data, page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await join(portal, page)
  await box(page).fill('half a thought')
  const given = /password {2}(\S+)/.exec(portald(data, 'user', 'password', 'jo@lindqvist.example'))![1]
  await expect(page.getByText("You've been signed out.")).toBeVisible()
  await signIn(portal, page, given)
  await expect(page.getByRole('heading', { name: 'Choose your own password' })).toBeVisible()
  await expect(box(page)).toBeHidden()
  await look(page, 'portal-own-password')
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
  const chosen = page.getByLabel('New password', { exact: true })
  await page.getByLabel('Current password', { exact: true }).fill(given)
  await chosen.fill(given)
  await page.keyboard.press('Enter')
  await expect(page.getByText('Choose a password that differs from the old one.')).toBeVisible()
  await expect(chosen).toBeFocused()
  await look(page, 'portal-own-password-same')
  await chosen.fill('see how they run')
  await page.keyboard.press('Enter')
  await expect(box(page)).toHaveValue('half a thought')
  await page.reload()
  await expect(box(page)).toHaveValue('half a thought')
})
