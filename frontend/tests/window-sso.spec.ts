import { expect, type Browser, type Page } from '@playwright/test'
import { look } from './look'
import { addAdmin, choosePassword, portald, resetPath } from './portald'
import { test, type Portal, type Provider } from './processes'
import { choose, dialog } from './window'

const password = 'three blind mice running'
const leah = 'leah@hartwell.example'
const maya = 'maya@hartwell.example'

const withFirm = (page: Page) => page.getByRole('button', { name: "Sign in with your firm's account" })
const waiting = (page: Page) => page.getByText('Continue in your browser.')

/** Starts the provider with these users, and the portal as a firm that uses it. */
async function serve(portal: Portal, provider: Provider, users: string[], ...flags: string[]) {
  await provider.start(...users)
  await portal.serve('--sso-issuer', provider.address, '--sso-client-id', 'matterline', ...flags)
}

/** Opens an address in the user's browser, which isn't the window's. */
async function browse(browser: Browser, address: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(address)
  return page
}

/** Signs in on the provider's page. */
async function signIn(page: Page, name: string) {
  await page.getByLabel('Username').fill(name)
  await page.getByLabel('Password').fill('at the provider')
  await page.getByRole('button', { name: 'Login' }).click()
}

test("signs in with the firm's account, in the user's browser", async ({
  signedOut: page,
  portal,
  provider,
  browser,
  opened,
}) => {
  await serve(portal, provider, [`maya ${maya}`])
  await page.getByLabel('Portal address').fill(portal.address)
  await expect(withFirm(page)).toBeVisible()
  await expect(page.getByLabel('Password')).toBeVisible()
  await look(page, 'sso-or-password')
  await withFirm(page).click()
  await expect(waiting(page)).toBeVisible()
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await look(page, 'sso-waiting')

  const theirs = await browse(browser, await opened())
  await signIn(theirs, 'nobody')
  await expect(theirs.getByText('username or password wrong')).toBeVisible()
  await signIn(theirs, 'maya')
  await expect(theirs.getByRole('heading', { name: 'Return to Matterline' })).toBeVisible()
  await look(theirs, 'sso-returned')
  await expect(page.getByText('Up to date')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Maya Hart (your account)' })).toBeVisible()

  // The page of the return works once: a replay brings nothing.
  const used = theirs.url()
  await expect(theirs.goto(used)).rejects.toThrow('ERR_CONNECTION_REFUSED')
})

test('goes back to the start if the user cancels, there or here', async ({
  signedOut: page,
  portal,
  provider,
  browser,
  opened,
}) => {
  await serve(portal, provider, [`maya ${maya}`])
  await page.getByLabel('Portal address').fill(portal.address)
  await withFirm(page).click()
  const theirs = await browse(browser, await opened())
  const request = new URL(theirs.url()).searchParams.get('authRequestID')
  await theirs.goto(`${provider.address}/cancel?authRequestID=${request}`)
  await expect(theirs.getByText('You can close this page.')).toBeVisible()
  await expect(page.getByText('You canceled the sign-in in your browser')).toBeVisible()
  await expect(withFirm(page)).toBeFocused()
  await look(page, 'sso-canceled')

  // Here, after the browser's tab was closed.
  await withFirm(page).click()
  await (await browse(browser, await opened())).close()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(waiting(page)).toBeHidden()
  await expect(withFirm(page)).toBeFocused()
  await expect(page.getByRole('alert')).toHaveCount(0)

  // Then it works.
  await withFirm(page).click()
  await signIn(await browse(browser, await opened()), 'maya')
  await expect(page.getByText('Up to date')).toBeVisible()
})

test('knows no passwords of staff where the firm forbids them', async ({
  signedOut: page,
  portal,
  provider,
  browser,
  opened,
  data,
}) => {
  addAdmin(data, 'Leah Stone', leah)
  await choosePassword(portal, resetPath(data, leah), password)
  await serve(portal, provider, [`leah ${leah}`, `maya ${maya}`, `eve eve@other.example`], '--sso-only')
  await page.getByLabel('Portal address').fill(portal.address)
  await expect(withFirm(page)).toBeVisible()
  await expect(page.getByLabel('Password')).toHaveCount(0)
  await look(page, 'sso-only')

  await page.keyboard.press('Enter')
  await signIn(await browse(browser, await opened()), 'eve')
  await expect(
    page.getByText('No user has the email eve@other.example. Ask an admin to add you.'),
  ).toBeVisible()
  await look(page, 'sso-stranger')
  await withFirm(page).click()
  await signIn(await browse(browser, await opened()), 'leah')
  await expect(page.getByText('Up to date')).toBeVisible()

  await page.keyboard.press('Control+,')
  const settings = dialog(page, 'Settings')
  await expect(settings.getByText("None. You sign in with your firm's account.")).toBeVisible()
  await expect(settings.getByText('Two-step verification')).toBeHidden()
  await look(page, 'sso-settings')
  await page.keyboard.press('Escape')

  await choose(page, 'Leah Stone (your account)', 'Users')
  const users = dialog(page, 'Users')
  await users.getByRole('button', { name: 'Add a colleague' }).click()
  const form = dialog(page, 'Add a colleague')
  await form.getByLabel('Name').fill('Ines Novak')
  await form.getByLabel('Email').fill('ines@hartwell.example')
  await expect(form.getByText("They sign in with your firm's account that has this email.")).toBeVisible()
  await form.getByRole('button', { name: 'Add' }).click()
  await expect(users.getByText("Ines Novak can now sign in with your firm's account.")).toBeVisible()
  await look(page, 'sso-users')
  await page.getByRole('button', { name: 'More actions for Ines Novak' }).click()
  await expect(page.getByRole('menuitem', { name: 'Reset password' })).toHaveCount(0)
  await page.keyboard.press('Escape')
  await choose(page, 'More actions for Leah Stone', "Unlink the firm's account…")
  const question = page.getByRole('alertdialog', { name: "Unlink the firm's account of Leah Stone?" })
  await look(page, 'sso-unlink')
  await question.getByRole('button', { name: 'Unlink' }).click()
  await expect(users.getByText("firm's account")).toHaveCount(1) // what was just said about Tom
  expect(portald(data, 'user', 'unlink', leah)).toContain("isn't linked")
})

test("takes admins from the provider's group", async ({
  signedOut: page,
  portal,
  provider,
  browser,
  opened,
}) => {
  await serve(portal, provider, [`maya ${maya} partners`], '--sso-admin-group', 'partners')
  await page.getByLabel('Portal address').fill(portal.address)
  await withFirm(page).click()
  await signIn(await browse(browser, await opened()), 'maya')
  await expect(page.getByText('Up to date')).toBeVisible()
  await page.getByRole('button', { name: 'Maya Hart (your account)' }).click()
  await expect(page.getByRole('menuitem', { name: 'Users' })).toBeVisible()
})

test("confirms with the firm's account, in the user's browser", async ({
  signedOut: page,
  portal,
  provider,
  browser,
  opened,
  data,
}) => {
  const flags = ['--sso-admin-group', 'partners', '--sso-only']
  await serve(portal, provider, [`maya ${maya} partners`, `leah ${leah} partners`], ...flags)
  addAdmin(data, 'Leah Stone', leah)
  await page.getByLabel('Portal address').fill(portal.address)
  await withFirm(page).click()
  await signIn(await browse(browser, await opened()), 'maya')
  await expect(page.getByText('Up to date')).toBeVisible()
  await portal.stop()
  await expect(page.getByText('Up to date')).toBeHidden()
  portald(data, 'epoch') // a restored portal doesn't know that the session has just signed in
  await portal.serve('--sso-issuer', provider.address, '--sso-client-id', 'matterline', ...flags)
  await expect(page.getByText('Up to date')).toBeVisible()

  await choose(page, 'Maya Hart (your account)', 'Users')
  const users = dialog(page, 'Users')
  const unlink = () => choose(page, 'More actions for Maya Hart', "Unlink the firm's account…")
  const yes = page.getByRole('alertdialog').getByRole('button', { name: 'Unlink' })
  const question = dialog(page, "Confirm it's you")
  await unlink()
  await yes.click()
  await expect(question.getByText("Your firm's sign-in service asks who you are.")).toBeVisible()
  await look(page, 'confirm-provider')
  await question.getByRole('button', { name: 'Continue in your browser' }).click()
  await expect(question.getByRole('button', { name: 'Waiting for your browser…' })).toBeVisible()
  await signIn(await browse(browser, await opened()), 'leah')
  await expect(question.getByText("That's another account.")).toBeVisible()
  await look(page, 'confirm-provider-other')
  await question.getByRole('button', { name: 'Continue in your browser' }).click()
  await opened()
  await question.getByRole('button', { name: 'Cancel' }).click()
  await expect(users.getByText("Nothing was changed, because you didn't confirm it's you.")).toBeVisible()

  await unlink()
  await yes.click()
  await question.getByRole('button', { name: 'Continue in your browser' }).click()
  await signIn(await browse(browser, await opened()), 'maya')
  await expect(question).toBeHidden()
  await expect(users.getByRole('alert').filter({ hasText: /./ })).toHaveCount(0)
  expect(portald(data, 'user', 'unlink', maya)).toContain("isn't linked")
})

test('says that the provider is away', async ({ signedOut: page, portal }) => {
  await portal.serve('--sso-issuer', 'http://127.0.0.1:1', '--sso-client-id', 'matterline', '--sso-only')
  await page.getByLabel('Portal address').fill(portal.address)
  await withFirm(page).click()
  await expect(page.getByText("Your firm's sign-in service can't be reached right now.")).toBeVisible()
  await expect(withFirm(page)).toBeFocused()
  await look(page, 'sso-away')
})
