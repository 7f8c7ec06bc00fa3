import { expect, type Page } from '@playwright/test'
import { Maya } from './firm'
import { look } from './look'
import { addAdmin, choosePassword, portald, resetPath } from './portald'
import { test, type Portal } from './processes'
import { totp } from './totp'
import { choose, dialog } from './window'

const password = 'three blind mice running'
const leah = 'leah@hartwell.example'

const question = (page: Page) => dialog(page, "Confirm it's you")
const ownPassword = (page: Page) => question(page).getByLabel('Your password', { exact: true })

async function signIn(page: Page, portal: Portal, code = '') {
  await page.getByLabel('Portal address').fill(portal.address)
  await page.getByLabel('Email').fill(leah)
  await page.getByLabel('Password').fill(password)
  await page.keyboard.press('Enter')
  if (code) {
    await page.getByRole('textbox', { name: /^Code/ }).fill(code)
    await page.keyboard.press('Enter')
  }
  await expect(page.getByText('Up to date')).toBeVisible()
}

/** Makes the portal forget that the session has just signed in: a restored one doesn't know. */
async function restore(page: Page, portal: Portal, data: string) {
  await portal.stop()
  await expect(page.getByText('Up to date')).toBeHidden()
  portald(data, 'epoch')
  await portal.start()
  await expect(page.getByText('Up to date')).toBeVisible()
}

test.beforeEach(async ({ portal, data }) => {
  addAdmin(data, 'Leah Stone', leah)
  await choosePassword(portal, resetPath(data, leah), password)
})

test('asks for the password before someone gets lasting access, and keeps what was typed', async ({
  signedOut: page,
  portal,
  data,
}) => {
  await signIn(page, portal)
  await restore(page, portal, data)
  await choose(page, 'Leah Stone (your account)', 'Users')
  await page.getByRole('button', { name: 'Add a colleague' }).click()
  const adding = dialog(page, 'Add a colleague')
  await adding.getByLabel('Name').fill('Omar Aziz')
  await adding.getByLabel('Email').fill('omar@hartwell.example')
  await adding.getByRole('button', { name: 'Add' }).click()
  await expect(ownPassword(page)).toBeFocused()
  await look(page, 'confirm')
  await page.keyboard.press('Enter')
  await expect(question(page).getByText('Enter your password.')).toBeVisible()
  await ownPassword(page).fill('wrong')
  await page.keyboard.press('Enter')
  await expect(question(page).getByText('Wrong password.')).toBeVisible()
  await expect(ownPassword(page)).toBeFocused()
  await look(page, 'confirm-wrong')
  await page.keyboard.press('Escape')
  await expect(question(page)).toBeHidden()
  await expect(adding.getByText("Nothing was changed, because you didn't confirm it's you.")).toBeVisible()
  await expect(adding.getByLabel('Name')).toHaveValue('Omar Aziz')
  await expect(adding.getByRole('button', { name: 'Add' })).toBeFocused()
  await look(page, 'confirm-cancelled')

  await page.keyboard.press('Enter')
  await ownPassword(page).fill(password)
  await page.keyboard.press('Enter')
  const added = dialog(page, 'Omar Aziz was added')
  await expect(added.getByLabel('Password link')).toHaveValue(/\/reset#/)
  await added.getByRole('button', { name: 'Done' }).click()

  // It counts for a while.
  await choose(page, 'More actions for Maya Hart', 'Make admin')
  await page.getByRole('alertdialog').getByRole('button', { name: 'Make admin' }).click()
  const maya = dialog(page, 'Users').getByRole('listitem').filter({ hasText: 'Maya Hart' })
  await expect(maya.getByText('Admin')).toBeVisible()
  await choose(page, 'More actions for Maya Hart', 'Reset password…')
  const reset = dialog(page, 'Reset password for Maya Hart')
  await reset.getByRole('button', { name: 'Create link' }).click()
  await expect(reset.getByLabel('Password link')).toHaveValue(/\/reset#/)
})

test('asks for a code, too, and is above every dialog', async ({ signedOut: page, portal, data }) => {
  const [first, second] = await (
    await new Maya(portal).signIn('leah', { password })
  ).turnOnTwoStep(totp, password)
  await signIn(page, portal, first)
  await restore(page, portal, data)
  await choose(page, 'Leah Stone (your account)', 'Firm settings')
  const firm = dialog(page, 'Firm settings')
  await firm.getByLabel('Ask everyone to sign in again after').fill('60')
  await firm.getByRole('button', { name: 'Save' }).click()
  await expect(firm).toBeHidden() // stricter settings need no password

  await choose(page, 'Leah Stone (your account)', 'Firm settings')
  await firm.getByLabel('Ask everyone to sign in again after').fill('300')
  await firm.getByRole('button', { name: 'Save' }).click()
  await ownPassword(page).fill(password)
  await page.setViewportSize({ width: 390, height: 600 })
  await look(page, 'confirm-code-narrow')
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.keyboard.press('Enter')
  await expect(question(page).getByRole('textbox', { name: /^Code/ })).toBeFocused()
  await page.keyboard.type(second)
  await page.keyboard.press('Enter')
  await expect(question(page)).toBeHidden()
  await expect(firm).toBeHidden()
  await choose(page, 'Leah Stone (your account)', 'Firm settings')
  await expect(firm.getByLabel('Ask everyone to sign in again after')).toHaveValue('300')
})
