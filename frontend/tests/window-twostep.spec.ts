import { expect, type Page } from '@playwright/test'
import { Maya } from './firm'
import { look } from './look'
import { addAdmin, choosePassword, resetPath } from './portald'
import { test } from './processes'
import { totp } from './totp'
import { choose, dialog } from './window'

const password = 'three blind mice running'
const leah = 'leah@hartwell.example'

const settings = (page: Page) => dialog(page, 'Settings')
const code = (page: Page) => page.getByRole('textbox', { name: /^Code/ })

async function enter(page: Page, address: string) {
  await page.getByLabel('Portal address').fill(address)
  await page.getByLabel('Email').fill(leah)
  await page.getByLabel('Password').fill(password)
  await page.keyboard.press('Enter')
}

async function signIn(page: Page, address: string) {
  await enter(page, address)
  await expect(page.getByText('Up to date')).toBeVisible()
}

async function signOut(page: Page) {
  await choose(page, 'Leah Stone (your account)', 'Sign out')
  await page.getByRole('button', { name: "Connect to my firm's portal" }).click()
}

/** The secret that is shown beside the QR code. */
const secretIn = async (page: Page) => (await page.locator('.key code').textContent())!

async function saveRecoveryCodes(page: Page, name: string) {
  const codes = dialog(page, 'Save your recovery codes')
  await expect(codes.getByRole('listitem')).toHaveCount(10)
  await page.keyboard.press('Escape')
  await page.mouse.click(5, 5)
  await expect(codes).toBeVisible()
  await look(page, name)
  await codes.getByRole('button', { name: 'Copy codes' }).click()
  await expect(codes.getByRole('button', { name: 'Copied' })).toBeVisible()
  await codes.getByRole('button', { name: "I've saved them" }).click()
  await expect(codes).toBeHidden()
}

test.beforeEach(async ({ portal, data }) => {
  addAdmin(data, 'Leah Stone', leah)
  await choosePassword(portal, resetPath(data, leah), password)
})

test('turns on two-step verification, which the next sign-in asks for', async ({
  signedOut: page,
  portal,
}) => {
  await signIn(page, portal.address)
  await page.keyboard.press('Control+,')
  const sheet = settings(page)
  await expect(sheet.getByText('Off. Your password is enough to sign in.')).toBeVisible()
  await sheet.getByRole('button', { name: 'Set up' }).click()
  await expect(sheet.getByLabel('Your password', { exact: true })).toBeFocused()
  await page.keyboard.type('wrong')
  await page.keyboard.press('Enter')
  await expect(sheet.getByText('Wrong password.')).toBeVisible()
  await sheet.getByLabel('Your password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await expect(code(page)).toBeFocused()
  await look(page, 'two-step-key')
  const secret = await secretIn(page)
  await sheet.getByRole('button', { name: 'Copy key' }).click()
  await expect(sheet.getByRole('button', { name: 'Copied' })).toBeVisible()
  await code(page).fill('123 45')
  await page.keyboard.press('Enter')
  await expect(sheet.getByText('This code is wrong or too old.')).toBeVisible()
  await expect(code(page)).toHaveValue('123 45')
  await look(page, 'two-step-key-wrong')
  await code(page).fill(totp(secret))
  await page.keyboard.press('Enter')
  await saveRecoveryCodes(page, 'two-step-recovery')
  await expect(sheet.getByText('Two-step verification is on.')).toBeVisible()
  await expect(sheet.getByText('On. 10 recovery codes left.')).toBeVisible()
  await expect(sheet.getByRole('button', { name: 'Set up again' })).toBeFocused()
  await look(page, 'two-step-on')
  await page.keyboard.press('Escape')

  await signOut(page)
  await enter(page, portal.address)
  await expect(code(page)).toBeFocused()
  await expect(page.getByText(`Signing in as ${leah}`)).toBeVisible()
  await look(page, 'two-step-code')
  await code(page).fill(totp(secret, 120))
  await page.keyboard.press('Enter')
  await expect(page.getByText('This code is wrong or too old.')).toBeVisible()
  await expect(code(page)).toBeFocused()
  await look(page, 'two-step-code-wrong')
  // Someone else who knows the password.
  for (const guess of ['000001', '000002', '000003'])
    await expect(new Maya(portal).signIn('leah', { password, code: guess })).rejects.toThrow('wrong_code')
  await page.getByRole('button', { name: 'Change' }).click()
  await expect(page.getByLabel('Password')).toBeFocused()
  await expect(page.getByLabel('Password')).toHaveValue(password)
  await page.keyboard.press('Enter')
  await code(page).fill(totp(secret, 30))
  await page.keyboard.press('Enter')
  const told = page.getByRole('alertdialog', { name: '3 wrong codes since your last sign-in' })
  await expect(told).toBeVisible()
  await look(page, 'two-step-wrong-codes')
  await told.getByRole('button', { name: 'Change password' }).click()
  await expect(told).toBeHidden()
  await expect(sheet.getByRole('button', { name: 'Change password' })).toBeVisible()
})

test('takes recovery codes, also to turn it off', async ({ signedOut: page, portal }) => {
  const leahs = await new Maya(portal).signIn('leah', { password })
  const recovery = await leahs.turnOnTwoStep(totp, password)
  await enter(page, portal.address)
  await code(page).fill(recovery[1])
  await page.keyboard.press('Enter')
  await expect(page.getByText('Up to date')).toBeVisible()

  await page.keyboard.press('Control+,')
  const sheet = settings(page)
  await expect(sheet.getByText('On. 9 recovery codes left.')).toBeVisible()
  await sheet.getByRole('button', { name: 'Turn off' }).click()
  await sheet.getByLabel('Your password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await expect(code(page)).toBeFocused()
  await look(page, 'two-step-off')
  await page.keyboard.type(recovery[0].toUpperCase())
  await page.keyboard.press('Enter')
  await expect(sheet.getByText('Two-step verification is off.')).toBeVisible()
  await expect(sheet.getByRole('button', { name: 'Set up' })).toBeFocused()
})

test('asks for recovery codes whose answer was lost, and makes new ones', async ({
  signedOut: page,
  portal,
}) => {
  const leahs = await new Maya(portal).signIn('leah', { password })
  const lost = await leahs.confirmTwoStep(totp, password)
  await enter(page, portal.address)
  await code(page).fill(lost[0])
  await page.keyboard.press('Enter')
  const question = dialog(page, 'Do you have your recovery codes?')
  await expect(question).toBeVisible()
  await look(page, 'recovery-codes-lost')
  await page.keyboard.press('Escape') // later
  await expect(question).toBeHidden()
  await page.reload()
  await question.getByRole('button', { name: 'Make new codes' }).click()
  await question.getByLabel('Your password', { exact: true }).fill(password)
  await code(page).fill('000000')
  await page.keyboard.press('Enter')
  await expect(question.getByText('This code is wrong or too old.')).toBeVisible()
  await look(page, 'recovery-codes-lost-form')
  await code(page).fill(lost[1])
  await page.keyboard.press('Enter')
  await saveRecoveryCodes(page, 'recovery-codes-lost-new')
  await expect(question).toBeHidden()

  // In the settings they are replaced again.
  await page.keyboard.press('Control+,')
  const sheet = settings(page)
  await expect(sheet.getByText('On. 10 recovery codes left.')).toBeVisible()
  await sheet.getByRole('button', { name: 'New recovery codes' }).click()
  await expect(sheet.getByLabel('Your password', { exact: true })).toBeFocused()
  await sheet.getByLabel('Your password', { exact: true }).fill(password)
  await code(page).fill(lost[2])
  await page.keyboard.press('Enter')
  await expect(sheet.getByText('This code is wrong or too old.')).toBeVisible()
  await look(page, 'recovery-codes-new')
  await sheet.getByRole('button', { name: 'Cancel' }).click()
  await expect(sheet.getByRole('button', { name: 'New recovery codes' })).toBeFocused()
  await page.reload()
  await expect(page.getByText('Up to date')).toBeVisible()
  await expect(question).toBeHidden()
})

test('is set up at the next sign-in if the firm requires it', async ({ signedOut: page, portal }) => {
  await signIn(page, portal.address)
  await choose(page, 'Leah Stone (your account)', 'Firm settings')
  const firm = dialog(page, 'Firm settings')
  await firm.getByLabel('Staff need two-step verification to sign in').check()
  await look(page, 'two-step-firm')
  await firm.getByRole('button', { name: 'Save' }).click()
  await expect(firm).toBeHidden()

  await signOut(page)
  await enter(page, portal.address)
  await expect(code(page)).toBeFocused()
  await expect(page.getByText('Your firm requires two-step verification.')).toBeVisible()
  await look(page, 'two-step-set-up')
  await page.setViewportSize({ width: 390, height: 600 })
  await look(page, 'two-step-set-up-narrow')
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
  const secret = await secretIn(page)
  await page.keyboard.press('Enter')
  await expect(page.getByText('Enter the code that your authenticator app shows.')).toBeVisible()

  // While the portal is away, the key and what was typed stay.
  await portal.stop()
  await code(page).fill(totp(secret))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert').filter({ hasText: "Couldn't reach the portal" })).toBeVisible()
  expect(await secretIn(page)).toBe(secret)
  await portal.start()
  await code(page).fill(totp(secret))
  await page.keyboard.press('Enter')
  await saveRecoveryCodes(page, 'two-step-recovery-narrow')
  await expect(page.getByText('Up to date')).toBeAttached()
})

test('is turned off by an admin for someone who lost their phone', async ({ signedOut: page, portal }) => {
  const maya = await new Maya(portal).signIn()
  await maya.turnOnTwoStep(totp)
  await expect(new Maya(portal).signIn()).rejects.toThrow('code_required')
  await signIn(page, portal.address)
  await choose(page, 'Leah Stone (your account)', 'Users')
  const users = dialog(page, 'Users')
  await expect(users.getByText('two-step verification')).toBeVisible()
  await look(page, 'two-step-users')
  await choose(page, 'More actions for Maya Hart', 'Turn off two-step verification…')
  const question = page.getByRole('alertdialog', { name: 'Turn off two-step verification for Maya Hart?' })
  await look(page, 'two-step-remove')
  await question.getByRole('button', { name: 'Turn off' }).click()
  await expect(users.getByText('two-step verification')).toBeHidden()
  await new Maya(portal).signIn()
})
