// What the tests of the client pages share.
import { expect, type Page } from '@playwright/test'
import { Maya } from './firm'
import type { Portal } from './processes'

export const box = (page: Page) => page.getByRole('textbox', { name: 'Enter message' })
export const log = (page: Page) => page.getByRole('log')
/** The messages that the portal hasn't confirmed yet. */
export const unsent = (page: Page) => log(page).getByText(/Waiting to send|Sending/)
export const offline = (page: Page) =>
  page.getByText("Can't connect right now. Messages will be sent once you're connected again.")

export async function send(page: Page, text: string) {
  await box(page).fill(text)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
}

/** Invites Jo Lindqvist, who accepts in this page. */
export async function join(portal: Portal, page: Page, address = portal.address) {
  const maya = await new Maya(portal).signIn()
  const matter = await maya.open('Lindqvist: sale of 3 Mill Lane')
  const jo = await maya.add(matter, 'Jo Lindqvist')
  await page.goto(address + (await maya.invite(jo)))
  await page.getByRole('textbox', { name: 'Email' }).fill('jo@lindqvist.example')
  await page.getByLabel('Choose a password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await expect(box(page)).toBeVisible()
  return { maya, matter, jo }
}

/** Jo's password. */
export const password = 'three blind mice'
