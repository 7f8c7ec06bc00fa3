import { expect, type Page } from '@playwright/test'
import { Maya } from './firm'
import { look } from './look'
import { addAdmin, choosePassword, resetPath } from './portald'
import { test } from './processes'
import { choose, dialog } from './window'

const okafor = 'Okafor: purchase of 14 Elm Street'
const password = 'three blind mice running'
const leah = 'leah@hartwell.example'

const settings = (page: Page) => dialog(page, 'Settings')
const box = (page: Page) => page.getByRole('textbox', { name: 'Enter message' })

async function signIn(page: Page, address: string, email: string, password: string) {
  await page.getByLabel('Portal address').fill(address)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

async function enter(page: Page, address: string, email: string, password: string) {
  await signIn(page, address, email, password)
  await expect(page.getByText('Up to date')).toBeVisible()
}

async function open(page: Page, title: string, person: string) {
  await page.getByRole('button', { name: /^All / }).click()
  await page.getByRole('listbox', { name: 'Matters' }).getByRole('option', { name: title }).click()
  await page.getByRole('option', { name: person }).click()
  await expect(box(page)).toBeVisible()
}

test('asks for a new password after someone else chose it', async ({ signedOut: page, portal, data }) => {
  const chosen = addAdmin(data, 'Leah Stone', leah)
  await signIn(page, portal.address, leah, chosen)
  const form = page.getByRole('main', { name: 'Choose your own password' })
  await expect(page.getByRole('listbox', { name: 'Matters' })).toBeHidden()
  await expect(form.getByLabel('Current password', { exact: true })).toBeFocused()
  await page.keyboard.press('Escape')
  await page.mouse.click(5, 5)
  await expect(form).toBeVisible()
  await look(page, 'account-must-change')

  await form.getByLabel('Current password', { exact: true }).fill('wrong')
  await form.getByLabel('New password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await expect(form.getByText('Wrong password.')).toBeVisible()
  await expect(form.getByLabel('New password', { exact: true })).toHaveValue(password)

  // What is typed stays while the portal is away.
  await portal.stop()
  await expect(form.getByText('Not connected to the portal.')).toBeVisible()
  await look(page, 'account-must-change-offline')
  await portal.start()
  await expect(form.getByText('Not connected to the portal.')).toBeHidden()
  await form.getByLabel('Current password', { exact: true }).fill(chosen)
  await page.keyboard.press('Enter')
  await expect(form).toBeHidden()
  await page.getByRole('button', { name: /^All / }).click()
  await expect(page.getByRole('option', { name: okafor })).toBeVisible()
})

test('offers to sign out instead of choosing a password', async ({ signedOut: page, portal, data }) => {
  await signIn(page, portal.address, leah, addAdmin(data, 'Leah Stone', leah))
  await page
    .getByRole('main', { name: 'Choose your own password' })
    .getByRole('button', { name: 'Sign out' })
    .click()
  await expect(page.getByRole('heading', { name: 'Welcome to Matterline' })).toBeVisible()
})

test('changes the name, the email and the password, and signs out a device', async ({
  signedOut: page,
  portal,
}) => {
  const elsewhere = await new Maya(portal).signIn()
  await enter(page, portal.address, 'maya@hartwell.example', 'demo demo demo')
  await choose(page, 'Maya Hart (your account)', 'Settings')
  const sheet = settings(page)
  await expect(sheet.getByText('maya@hartwell.example')).toBeVisible()
  await expect(sheet.getByText(/This device · Desktop app/)).toBeVisible()
  await expect(sheet.getByRole('button', { name: /^Sign out of/ })).toHaveCount(1)
  await look(page, 'account-settings')

  await sheet.getByRole('button', { name: /^Sign out of/ }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out' }).click()
  await expect(sheet.getByText('The device has been signed out.')).toBeVisible()
  await expect(sheet.getByRole('button', { name: /^Sign out of/ })).toHaveCount(0)
  await expect(elsewhere.open('Not signed in any more')).rejects.toThrow('signed_out')

  await sheet.getByRole('button', { name: 'Change name' }).click()
  await expect(sheet.getByLabel('Your name')).toBeFocused()
  await page.keyboard.press('Control+A')
  await page.keyboard.type('Maya Hart-Reyes')
  await page.keyboard.press('Enter')
  await expect(sheet.getByText('Name changed.')).toBeVisible()
  await expect(sheet.getByRole('button', { name: 'Change name' })).toBeFocused()
  await expect(page.getByRole('button', { name: 'Maya Hart-Reyes (your account)' })).toBeAttached()

  // Escape closes the form before the settings, and a click beside them closes nothing.
  await sheet.getByRole('button', { name: 'Change email' }).click()
  await page.mouse.click(5, 5)
  await expect(sheet.getByLabel('New email')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(sheet.getByLabel('New email')).toBeHidden()
  await expect(sheet.getByRole('button', { name: 'Change email' })).toBeFocused()

  await sheet.getByRole('button', { name: 'Change email' }).click()
  await sheet.getByLabel('New email').fill('maya')
  await sheet.getByLabel('Your password', { exact: true }).fill('demo demo demo')
  await page.keyboard.press('Enter')
  await expect(sheet.getByLabel('New email')).toHaveAttribute('aria-invalid', 'true')
  await look(page, 'account-email-wrong')
  await sheet.getByLabel('New email').fill('maya.reyes@hartwell.example')
  await page.keyboard.press('Enter')
  await expect(sheet.getByText('Email changed.')).toBeVisible()
  await expect(sheet.getByText('maya.reyes@hartwell.example')).toBeVisible()

  await sheet.getByRole('button', { name: 'Change password' }).click()
  await sheet.getByLabel('Current password', { exact: true }).fill('demo demo demo')
  await sheet.getByLabel('New password', { exact: true }).fill('demo demo demo')
  await page.keyboard.press('Enter')
  await expect(sheet.getByLabel('New password', { exact: true })).toBeFocused()
  await look(page, 'account-password-wrong')
  await sheet.getByLabel('New password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await expect(sheet.getByText('Password changed. Your other devices have been signed out.')).toBeVisible()
  await page.setViewportSize({ width: 390, height: 600 })
  await look(page, 'account-settings-narrow')
})

test('shows the devices again once the portal is back', async ({ signedOut: page, portal }) => {
  await enter(page, portal.address, 'maya@hartwell.example', 'demo demo demo')
  await portal.stop()
  await page.keyboard.press('Control+,')
  await expect(settings(page).getByRole('alert').filter({ hasText: "Couldn't reach" })).toBeVisible()
  await look(page, 'account-settings-offline')
  await portal.start()
  await settings(page).getByRole('button', { name: 'Try again' }).click()
  await expect(settings(page).getByText(/This device · Desktop app/)).toBeVisible()
})

test.describe('as an admin', () => {
  test.beforeEach(async ({ signedOut: page, portal, data }) => {
    addAdmin(data, 'Leah Stone', leah)
    await choosePassword(portal, resetPath(data, leah), password)
    await enter(page, portal.address, leah, password)
  })

  test("resets a user's password and signs out their devices", async ({ signedOut: page, portal }) => {
    const maya = await new Maya(portal).signIn('maya', { device: 'Desktop reception', kind: 'desktop' })
    await choose(page, 'Leah Stone (your account)', 'Users')
    const users = dialog(page, 'Users')
    await page.getByRole('button', { name: 'More actions for Leah Stone' }).click()
    await expect(page.getByRole('menuitem', { name: 'Make admin' })).toBeHidden()
    await expect(page.getByRole('menuitem', { name: 'Reset password…' })).toBeHidden()
    await page.keyboard.press('Escape')

    await choose(page, 'More actions for Maya Hart', 'Devices…')
    const devices = dialog(page, 'Devices of Maya Hart')
    await expect(devices.getByRole('listitem')).toHaveCount(1)
    await look(page, 'account-devices-of')
    await devices.getByRole('button', { name: /^Sign out of Desktop reception/ }).click()
    const question = page.getByRole('alertdialog', { name: 'Sign out of Desktop reception?' })
    await expect(question.getByLabel('Delete the matters on this device, too')).not.toBeChecked()
    await look(page, 'account-device-sign-out')
    await question.getByRole('button', { name: 'Sign out' }).click()
    await expect(devices.getByText('The device has been signed out.')).toBeVisible()
    await expect(devices.getByRole('listitem')).toContainText('Signed out today')
    await look(page, 'account-devices-ended')
    await devices.getByRole('button', { name: /^Erase Desktop reception/ }).click()
    const erase = page.getByRole('alertdialog', { name: 'Delete the matters on Desktop reception?' })
    await look(page, 'account-device-erase')
    await erase.getByRole('button', { name: 'Erase' }).click()
    await expect(devices.getByText('The device will delete its matters when it next')).toBeVisible()
    await expect(devices.getByRole('listitem')).toContainText('Will delete its matters')
    await expect(devices.getByRole('button', { name: /^Erase/ })).toBeHidden()
    await look(page, 'account-devices-erased')
    await devices.getByRole('button', { name: 'Done' }).click()
    await expect(maya.open('Not signed in any more')).rejects.toThrow('signed_out')

    await choose(page, 'More actions for Maya Hart', 'Reset password…')
    const reset = dialog(page, 'Reset password for Maya Hart')
    await look(page, 'account-reset')
    await reset.getByRole('button', { name: 'Create link' }).click()
    const link = reset.getByLabel('Password link')
    await expect(link).toHaveValue(/\/reset#.+/)
    await expect(link).toBeFocused()
    await expect(reset).toContainText('Works until')
    await reset.getByRole('button', { name: 'Copy' }).click()
    await expect(reset.getByRole('button', { name: 'Copied' })).toBeVisible()
    await look(page, 'account-reset-link')
    const first = await link.inputValue()
    await reset.getByRole('button', { name: 'New link' }).click()
    await expect(link).not.toHaveValue(first)
    await page.keyboard.press('Escape')
    await expect(reset).toBeHidden()
    await expect(users).toBeVisible()
  })

  test("resets a participant's password, which the chat then says", async ({ signedOut: page, portal }) => {
    await open(page, okafor, 'Ana Okafor')
    await choose(page, 'More actions for Ana Okafor', 'Reset password…')
    const reset = dialog(page, 'Reset password for Ana Okafor')
    await reset.getByRole('button', { name: 'Create link' }).click()
    await expect(reset.getByLabel('Password link')).toHaveValue(/\/reset#.+/)
    await page.keyboard.press('Escape')
    await expect(page.getByText('You created a password reset link for Ana on')).toBeVisible()
    await look(page, 'account-reset-line')

    await choose(page, 'More actions for Ana Okafor', 'Devices…')
    await expect(dialog(page, 'Devices of Ana Okafor')).toBeVisible()
    await portal.stop()
    await expect(
      dialog(page, 'Devices of Ana Okafor').getByText('Not connected to the portal.'),
    ).toBeVisible()
    await look(page, 'account-devices-offline')
  })

  test('shows long and right-to-left names', async ({ signedOut: page, data }) => {
    const name = 'שרה בת־עמי '.repeat(8).trim()
    addAdmin(data, name, `${'long'.repeat(12)}@hartwell.example`)
    await page.setViewportSize({ width: 390, height: 700 })
    await choose(page, 'Leah Stone (your account)', 'Users')
    await look(page, 'account-users-long')
    for (const [item, title] of [
      ['Reset password…', 'Reset password for'],
      ['Devices…', 'Devices of'],
    ]) {
      await choose(page, `More actions for ${name}`, item)
      const shown = page.getByRole('dialog', { name: title })
      await expect(shown).toBeVisible()
      expect(await shown.evaluate((card) => card.scrollWidth - card.clientWidth)).toBe(0)
      await look(page, `account-long-${item.split(/\W/)[0].toLowerCase()}`)
      await shown.getByRole('button', { name: 'Done' }).click()
    }
  })
})

test('signs out at the portal after the app was offline', async ({ app, page, portal }) => {
  await page.getByRole('button', { name: "Connect to my firm's portal" }).click()
  await enter(page, portal.address, 'maya@hartwell.example', 'demo demo demo')
  await portal.stop()
  await choose(page, 'Maya Hart (your account)', 'Sign out')
  await expect(page.getByRole('heading', { name: 'Welcome to Matterline' })).toBeVisible()
  await app.stop() // it may be trying to tell the portal
  await portal.start()
  const maya = await new Maya(portal).signIn()
  expect(await maya.devices()).toHaveLength(2)
  await app.start(page)
  await expect.poll(() => maya.devices()).toHaveLength(1)
})
