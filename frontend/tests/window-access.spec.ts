import { expect, type Page } from '@playwright/test'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Maya } from './firm'
import { look } from './look'
import { choosePassword, portald, resetPath } from './portald'
import { test } from './processes'

/** The app as its window calls it. */
interface Wails {
  go: { desktop: { App: { Chat(id: string, before: number): Promise<{ draft: { text: string } }> } } }
}

const matters = (page: Page) => page.getByRole('listbox', { name: 'Matters' })
const message = (page: Page) => page.getByRole('textbox', { name: 'Enter message' })

async function signIn(page: Page, address: string, email: string, password: string) {
  await page.getByLabel('Portal address').fill(address)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

test('deletes everything when the firm ends the access, and says why', async ({
  signedOut: page,
  app,
  portal,
  data,
}) => {
  portald(data, 'user', 'admin', 'maya@hartwell.example')
  portald(data, 'user', 'add', '--name', 'Lena Roth', '--email', 'lena@hartwell.example')
  const password = 'three blind mice running'
  await choosePassword(portal, resetPath(data, 'lena@hartwell.example'), password)
  const maya = await new Maya(portal).signIn()
  const elm = await maya.open('Roth: sale of 3 Elm Street', 'lena')
  const client = await maya.add(elm, 'Nadia Ferreira')
  await maya.send(client, 'For our eyes only.')

  await signIn(page, portal.address, 'lena@hartwell.example', password)
  await page.getByRole('button', { name: /^Mine \+ team/ }).click()
  await matters(page).getByRole('option', { name: 'Roth: sale of 3 Elm Street' }).click()
  await expect(page.getByRole('log').getByText('For our eyes only.')).toBeVisible()
  await portal.stop()
  await message(page).fill('Never sent.')
  await page.keyboard.press('Enter')
  await message(page).fill('half a thought')
  await expect(page.getByText('1 waiting to send')).toBeVisible()
  const kept = (id: string) => (window as never as Wails).go.desktop.App.Chat(id, 0)
  await expect.poll(async () => (await page.evaluate(kept, client)).draft.text).toBe('half a thought')
  portald(data, 'user', 'deactivate', 'lena@hartwell.example')
  await portal.start()

  const why = 'Your access was ended by the firm. Your matters on this computer were deleted.'
  await expect(page.getByText(why)).toBeVisible()
  await expect(page.getByText('1 unsent message and 1 draft were deleted, too.')).toBeVisible()
  await expect(page.getByRole('list', { name: 'Accounts on this computer' })).toBeHidden()
  await look(page, 'access-ended')
  expect(await readdir(join(data, 'app/replicas'))).toEqual([])
  await expect.poll(() => portald(data, 'audit', 'export')).toContain('"action":"device.erase"')

  await app.restart(page)
  await expect(page.getByRole('heading', { name: 'Welcome to Matterline' })).toBeVisible()
  await expect(page.getByText('For our eyes only.')).toBeHidden()
})

test('locks the copy of an ended session if the firm says so, until the next sign-in', async ({
  signedOut: page,
  portal,
  data,
}) => {
  portald(data, 'user', 'admin', 'maya@hartwell.example')
  const maya = await new Maya(portal).signIn()
  await maya.setFirm({ read_expired: false })
  await signIn(page, portal.address, 'tom@hartwell.example', 'demo demo demo')
  await expect(page.getByText('Up to date')).toBeVisible()
  await matters(page).getByRole('option').first().click()
  await message(page).fill('half a thought')
  await maya.endSessions('tom')

  await expect(page.getByRole('heading', { name: 'Matterline is locked' })).toBeVisible()
  await expect(page.getByLabel('Password')).toBeFocused()
  await expect(
    page.getByText("Your matters on this computer are locked because you're signed out."),
  ).toBeVisible()
  await expect(matters(page)).toBeHidden()
  await look(page, 'access-locked')
  await page.getByLabel('Email').fill('tom@hartwell.example')
  await page.getByLabel('Password').fill('demo demo demo')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(message(page)).toHaveValue('half a thought')
  await expect(page.getByText('Up to date')).toBeVisible()
})
