import { expect, type Page } from '@playwright/test'
import { box, join, password as clientsPassword } from './clients'
import { look } from './look'
import { at, phone } from './passkeys'
import { addAdmin, choosePassword, portald, resetPath } from './portald'
import { test, type Portal } from './processes'
import { choose, dialog } from './window'

const password = 'three blind mice running'
const leah = 'leah@hartwell.example'

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const withPasskey = (page: Page) => button(page, 'Sign in with a passkey')
const waiting = (page: Page) => page.getByText('Continue in your browser. This window waits for you.')
const settings = (page: Page) => dialog(page, 'Settings')
const question = (page: Page) => dialog(page, "Confirm it's you")
const heading = (page: Page, name: string) => page.getByRole('heading', { name })

interface Fixtures {
  /** A page of Leah's own browser, which has a phone at hand. */
  theirs: Page & { says: (yes: boolean) => Promise<void> }
}

const passkeyTest = test.extend<Fixtures>({
  theirs: async ({ browser }, use) => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } })
    const page = await context.newPage()
    const { says } = await phone(page)
    await use(Object.assign(page, { says: async (yes: boolean) => void (await says(yes)) }))
    await context.close()
  },
})

passkeyTest.beforeEach(async ({ portal, data }) => {
  addAdmin(data, 'Leah Stone', leah)
  await choosePassword(portal, resetPath(data, leah), password)
})

async function signIn(page: Page, portal: Portal) {
  await page.getByLabel('Portal address').fill(at(portal))
  await page.getByLabel('Email').fill(leah)
  await page.getByLabel('Password').fill(password)
  await page.keyboard.press('Enter')
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

/** Does what the portal's page asks for, in the user's browser. */
async function answer(theirs: Page, address: string) {
  await theirs.goto(address)
  await button(theirs, 'Continue').click()
  await expect(heading(theirs, 'Return to Matterline')).toBeVisible()
}

async function addPasskey(page: Page, theirs: Page, opened: () => Promise<string>) {
  await page.keyboard.press('Control+,')
  await button(page, 'Add a passkey').click()
  await answer(theirs, await opened())
  await expect(settings(page).getByText('Passkey added. You can sign in with it now.')).toBeVisible()
}

async function signOut(page: Page) {
  await page.keyboard.press('Escape')
  await choose(page, 'Leah Stone (your account)', 'Sign out')
  await page.getByRole('button', { name: "Connect to my firm's portal" }).click()
}

passkeyTest(
  'adds a passkey, signs in with it, names it and removes it',
  async ({ signedOut: page, portal, theirs, opened }) => {
    await signIn(page, portal)
    await page.keyboard.press('Control+,')
    await button(page, 'Add a passkey').scrollIntoViewIfNeeded()
    await look(page, 'passkey-none')
    await button(page, 'Add a passkey').click()
    await expect(waiting(page)).toBeVisible()
    await expect(button(page, 'Cancel')).toBeFocused()
    await look(page, 'passkey-waiting')
    await theirs.goto(await opened())
    await expect(heading(theirs, 'Add a passkey')).toBeVisible()
    await look(theirs, 'passkey-page-add')
    await theirs.says(false)
    await button(theirs, 'Continue').click()
    await expect(theirs.getByText('No passkey was used.')).toBeVisible()
    await look(theirs, 'passkey-page-no')
    await theirs.says(true)
    await theirs.keyboard.press('Enter')
    await expect(heading(theirs, 'Return to Matterline')).toBeVisible()
    await expect(settings(page).getByText('Passkey added. You can sign in with it now.')).toBeVisible()
    await expect(button(page, 'Add a passkey')).toBeFocused()
    await expect(settings(page).getByText('Added today')).toBeVisible()

    await button(page, 'Rename Chrome on Linux').click()
    const name = page.getByRole('textbox', { name: 'Name of the passkey' })
    await expect(name).toBeFocused()
    await name.fill(' ')
    await page.keyboard.press('Enter')
    await expect(settings(page).getByText('Enter a name.')).toBeVisible()
    await look(page, 'passkey-rename')
    await name.fill('My phone')
    await page.keyboard.press('Enter')
    await expect(button(page, 'Rename My phone')).toBeFocused()
    await look(page, 'passkeys')

    // The page of a passkey that the browser has says so, and the person goes back.
    await button(page, 'Add a passkey').click()
    await theirs.goto(await opened())
    await button(theirs, 'Continue').click()
    await expect(theirs.getByText('This device already has a passkey for your account.')).toBeVisible()
    await button(theirs, 'Cancel').click()
    await expect(settings(page).getByText('You canceled in your browser.')).toBeVisible()
    await expect(button(page, 'Add a passkey')).toBeFocused()
    await look(page, 'passkey-canceled')

    await signOut(page)
    await page.getByLabel('Portal address').fill(at(portal))
    await expect(withPasskey(page)).toBeVisible()
    await look(page, 'passkey-sign-in')
    await withPasskey(page).click()
    await expect(waiting(page)).toBeVisible()
    await expect(button(page, 'Cancel')).toBeFocused()
    await theirs.goto(await opened())
    await expect(heading(theirs, 'Sign in to Matterline')).toBeVisible()
    await look(theirs, 'passkey-page-sign-in')
    await button(theirs, 'Continue').click()
    await expect(page.getByText('Up to date')).toBeVisible()
    await expect(button(page, 'Leah Stone (your account)')).toBeVisible()

    await page.keyboard.press('Control+,')
    await expect(settings(page).getByText('Last used today', { exact: true })).toBeVisible()
    await button(page, 'Remove My phone').click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
    await expect(button(page, 'Remove My phone')).toHaveCount(0)
    await signOut(page)
    await page.getByLabel('Portal address').fill(at(portal))
    await withPasskey(page).click()
    await answer(theirs, await opened())
    await expect(page.getByText("This passkey doesn't work here.")).toBeVisible()
    await expect(withPasskey(page)).toBeFocused()
    await look(page, 'passkey-sign-in-wrong')
  },
)

passkeyTest(
  'confirms with a passkey instead of the password',
  async ({ signedOut: page, portal, data, theirs, opened }) => {
    await signIn(page, portal)
    await addPasskey(page, theirs, opened)
    await restore(page, portal, data)
    await button(page, 'Add a passkey').click()
    await question(page).getByRole('button', { name: 'Use a passkey instead' }).click()
    await expect(button(page, 'Continue in your browser')).toBeFocused()
    await look(page, 'passkey-confirm')
    await page.keyboard.press('Enter')
    await expect(question(page).getByText('Waiting for your browser…')).toBeVisible()
    const left = await opened()

    // The user changes their mind. Then the first page is of no more use.
    await question(page).getByRole('button', { name: 'Use your password instead' }).click()
    await expect(question(page).getByLabel('Your password', { exact: true })).toBeFocused()
    await theirs.goto(left)
    await button(theirs, 'Continue').click()
    await expect(theirs).toHaveURL(/^chrome-error:/) // waitForURL fails if the page does while it waits
    await question(page).getByRole('button', { name: 'Use a passkey instead' }).click()
    await page.keyboard.press('Enter')
    await theirs.goto(await opened())
    await expect(heading(theirs, "Confirm it's you")).toBeVisible()
    await look(theirs, 'passkey-page-confirm')
    await button(theirs, 'Continue').click()
    await expect(question(page)).toBeHidden()
    await expect(waiting(page)).toBeVisible() // for what needed the confirmation
    await button(page, 'Cancel').click()
    await expect(button(page, 'Add a passkey')).toBeFocused()
    await expect(settings(page).getByRole('alert').filter({ hasText: /./ })).toHaveCount(0)
  },
)

passkeyTest("tells users' passkeys from clients'", async ({ signedOut: page, portal, theirs, opened }) => {
  await join(portal, theirs, at(portal))
  await theirs.getByRole('button', { name: 'Jo Lindqvist' }).click()
  await button(theirs, 'Add a passkey').click()
  await theirs.getByLabel('Current password', { exact: true }).fill(clientsPassword)
  await theirs.keyboard.press('Enter')
  await expect(theirs.getByText('Passkey added.')).toBeVisible()
  await page.getByLabel('Portal address').fill(at(portal))
  await withPasskey(page).click()
  await answer(theirs, await opened())
  await expect(
    page.getByText("This is a client's passkey. Clients sign in to the portal in a browser."),
  ).toBeVisible()
  await look(page, 'passkey-of-a-client')

  // Nor do they disturb who is signed in on the client pages.
  await theirs.goto(at(portal))
  await expect(box(theirs)).toBeVisible()
  await theirs.goto(`${at(portal)}/passkey`)
  await expect(heading(theirs, 'Open this page from Matterline')).toBeVisible()
  await look(theirs, 'passkey-page-empty')
})

passkeyTest(
  "refuses a user's passkey on the client pages",
  async ({ signedOut: page, portal, theirs, opened }) => {
    await signIn(page, portal)
    await addPasskey(page, theirs, opened)
    await theirs.goto(at(portal))
    await button(theirs, 'Sign in with a passkey').click()
    await expect(
      theirs.getByText('This is a staff passkey. Staff sign in with the Matterline desktop app.'),
    ).toBeVisible()
  },
)
