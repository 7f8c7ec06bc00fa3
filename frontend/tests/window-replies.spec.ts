import { expect, type Page } from '@playwright/test'
import { look } from './look'
import { portald } from './portald'
import { test, type Portal } from './processes'

const okafor = 'Okafor: purchase of 14 Elm Street'

const box = (page: Page) => page.getByRole('textbox', { name: 'Enter message' })
const list = (page: Page) => page.getByRole('listbox', { name: 'Saved replies' })
const sheet = (page: Page) => page.getByRole('dialog', { name: 'Saved replies' })
const part = (page: Page, name: string) => sheet(page).getByRole('region', { name })
const log = (page: Page) => page.getByRole('log', { name: 'Chat with Ana Okafor' })

async function openAna(page: Page) {
  await page.getByRole('listbox', { name: 'Matters' }).getByRole('option', { name: okafor }).click()
  const people = page.getByRole('listbox', { name: 'Portal participants' })
  await people.getByRole('option', { name: 'Ana Okafor' }).click()
  await expect(log(page)).toBeVisible()
  await box(page).focus()
}

async function signIn(page: Page, portal: Portal, email: string, password: string) {
  await page.getByLabel('Portal address').fill(portal.address)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Up to date')).toBeVisible()
}

const funds = `Dear Ana,

The funds for ${okafor} have arrived in our trust account. You do not need to do anything else for now.

Our reference is 2026-0147.`

test.describe('on the demo firm', () => {
  test.beforeEach(async ({ demo: page }) => {
    await expect(page.getByText('Up to date')).toBeVisible()
    await openAna(page)
  })

  test('inserts a saved reply with its fields filled in and undoes it', async ({ demo: page }) => {
    await page.keyboard.type('/')
    await expect(list(page).getByRole('option')).toHaveCount(9) // the firm's six, Maya's two, and the row that manages replies
    await expect(list(page).getByRole('option').nth(1)).toContainText('Dear Ana,')
    await look(page, 'replies-list')
    await page.keyboard.type('fun')
    await expect(list(page).getByRole('option').first()).toContainText('Funds received')
    await look(page, 'replies-filtered')
    await page.keyboard.press('Enter')
    await expect(box(page)).toHaveValue(funds)
    await expect(list(page)).toBeHidden()
    await look(page, 'replies-inserted')

    await page.keyboard.press('Control+z')
    await expect(box(page)).toHaveValue('/fun')
    await page.keyboard.press('Tab')
    await expect(box(page)).toHaveValue(funds)
    await expect(box(page)).toBeFocused()
    await page.keyboard.type(' Maya')
    await expect(box(page)).toHaveValue(funds + ' Maya')
    await page.keyboard.press('Enter')
    await expect(box(page)).toHaveValue('')
    await expect(log(page)).toContainText('Our reference is 2026-0147. Maya')
  })

  test('inserts a saved reply into existing text', async ({ demo: page }) => {
    await page.keyboard.type('Hello! See you.')
    for (let i = 0; i < ' See you.'.length; i++) await page.keyboard.press('ArrowLeft')
    await page.keyboard.type(' /')
    await page.keyboard.press('ArrowUp')
    await expect(list(page).getByRole('option', { selected: true })).toContainText('Manage saved replies')
    await page.keyboard.press('ArrowUp')
    await expect(list(page).getByRole('option', { selected: true })).toContainText('Welcome')
    const chosen = await list(page).getByRole('option', { selected: true }).getAttribute('id')
    await expect(box(page)).toHaveAttribute('aria-activedescendant', chosen!)
    await expect(box(page)).toHaveAttribute('aria-controls', (await list(page).getAttribute('id'))!)
    await list(page).getByRole('option', { name: 'Thanks, I will read it' }).click()
    const thanks = 'Thank you, Ana. I will read it today and come back to you.'
    await expect(box(page)).toHaveValue(`Hello! ${thanks} See you.`)
    await page.keyboard.type(' Best,')
    await expect(box(page)).toHaveValue(`Hello! ${thanks} Best, See you.`)
  })

  test('sends a slash as text after Escape', async ({ demo: page }) => {
    await page.keyboard.type('/')
    await expect(list(page)).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(list(page)).toBeHidden()
    await page.keyboard.type('fun')
    await expect(list(page)).toBeHidden()
    await page.keyboard.press('Enter')
    await expect(box(page)).toHaveValue('')
    await expect(log(page)).toContainText('/fun')
    await page.keyboard.type('On 3/4 and/or 5 / 6')
    await expect(list(page)).toBeHidden()
    await page.keyboard.type(' /k')
    await expect(list(page)).toBeVisible()
    await page.getByRole('checkbox', { name: 'Set as current status' }).focus()
    await expect(list(page)).toBeHidden()
  })

  test("adds, edits and removes own replies and shows the firm's", async ({ demo: page }) => {
    await page.keyboard.type('/')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await expect(part(page, 'Your replies').getByRole('listitem')).toHaveCount(2)
    await expect(part(page, 'Firm replies').getByRole('listitem')).toHaveCount(6)
    await expect(part(page, 'Firm replies').getByRole('button')).toHaveCount(0)
    await look(page, 'replies-sheet')

    await sheet(page).getByRole('button', { name: 'Add to your replies' }).click()
    const form = page.getByRole('dialog', { name: 'New saved reply' })
    await page.keyboard.press('Enter')
    await expect(form.getByText('Enter a title.')).toBeVisible()
    await form.getByLabel('Title').fill('Coffee')
    await form.getByLabel('Text').fill('Coffee, ? {name}')
    await form.getByLabel('Text').evaluate((text: HTMLTextAreaElement) => text.setSelectionRange(8, 8))
    await form.getByRole('button', { name: 'Insert first name' }).click()
    await expect(form.getByLabel('Text')).toHaveValue('Coffee, {first name}? {name}')
    await expect(form.getByText("{name} isn't a placeholder, so it stays as typed.")).toBeVisible()
    await expect(form.getByText('Coffee, Ana? {name}')).toBeVisible()
    await look(page, 'replies-new')
    await form.getByLabel('Text').fill('Coffee, {first name}?')
    await form.getByRole('button', { name: 'Save' }).click()
    await expect(part(page, 'Your replies').getByRole('listitem').first()).toContainText(
      'Coffee, {first name}?',
    )

    await sheet(page).getByRole('button', { name: 'Edit Coffee' }).click()
    await page.getByRole('dialog', { name: 'Edit saved reply' }).getByLabel('Title').fill('Tea')
    await page.keyboard.press('Enter')
    await expect(part(page, 'Your replies')).toContainText('Tea')
    await sheet(page).getByRole('button', { name: 'Remove Keys' }).click()
    await look(page, 'replies-remove')
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
    await expect(part(page, 'Your replies')).not.toContainText('Keys')

    await page.keyboard.press('Escape')
    await expect(sheet(page)).toBeHidden()
    await expect(box(page)).toBeFocused()
    await page.keyboard.type('tea')
    await page.keyboard.press('Enter')
    await expect(box(page)).toHaveValue('Coffee, Ana?')
  })

  test('manages replies from the settings in a small window', async ({ demo: page }) => {
    await page.keyboard.press('Control+,')
    const settings = page.getByRole('dialog', { name: 'Settings' })
    await settings.getByRole('button', { name: 'Manage' }).scrollIntoViewIfNeeded()
    await look(page, 'replies-settings')
    await settings.getByRole('button', { name: 'Manage' }).click()
    await expect(sheet(page)).toBeVisible()
    await expect(settings).toBeHidden()
    await page.setViewportSize({ width: 640, height: 400 })
    await look(page, 'replies-sheet-small')
    await sheet(page).getByRole('button', { name: 'Add to your replies' }).click()
    await look(page, 'replies-new-small')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await expect(sheet(page)).toBeHidden()
    await box(page).fill('')
    await box(page).press('/')
    await expect(list(page)).toBeVisible()
    await look(page, 'replies-list-small')
  })
})

test('inserts replies offline and disables changes', async ({ app, signedOut: page, portal }) => {
  await signIn(page, portal, 'maya@hartwell.example', 'demo demo demo')
  await openAna(page)
  await portal.stop()
  await app.restart(page)
  await expect(page.getByText(/^Offline/)).toBeVisible()
  await openAna(page)
  await page.keyboard.type('/keys')
  await expect(list(page).getByRole('option').first()).toContainText('Keys')
  await page.keyboard.press('Enter')
  await expect(box(page)).toHaveValue(/^You can collect the keys from 9:00 tomorrow, Ana\./)
  await page.keyboard.press('Control+,')
  await page.getByRole('dialog', { name: 'Settings' }).getByRole('button', { name: 'Manage' }).click()
  await expect(sheet(page).getByText("You can make changes once you're connected.")).toBeVisible()
  await expect(sheet(page).getByRole('button', { name: 'Add to your replies' })).toBeDisabled()
  await look(page, 'replies-offline')
  await portal.start()
  await expect(sheet(page).getByText("You can make changes once you're connected.")).toBeHidden()
  await expect(sheet(page).getByRole('button', { name: 'Add to your replies' })).toBeEnabled()
})

test("shares an admin's replies with the firm and keeps own replies private", async ({
  signedOut: page,
  portal,
  data,
}) => {
  portald(data, 'user', 'admin', 'priya@hartwell.example')
  await signIn(page, portal, 'priya@hartwell.example', 'demo demo demo')
  await page.keyboard.press('Control+,')
  await page.getByRole('dialog', { name: 'Settings' }).getByRole('button', { name: 'Manage' }).click()
  await expect(part(page, 'Your replies')).toContainText('None yet.')
  await sheet(page).getByRole('button', { name: 'Add to firm replies' }).click()
  const form = page.getByRole('dialog', { name: 'New saved reply' })
  await expect(form.getByText('Everyone at the firm can insert it.')).toBeVisible()
  await form.getByLabel('Title').fill('Office hours')
  await form.getByLabel('Text').fill('We are here from nine to five.')
  await form.getByLabel('Title').press('Enter')
  await expect(part(page, 'Firm replies')).toContainText('Office hours')
  await look(page, 'replies-admin')
  await sheet(page).getByRole('button', { name: 'Remove Welcome' }).click()
  await expect(page.getByRole('alertdialog')).toContainText('It will be removed for everyone at the firm.')
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
  await expect(part(page, 'Firm replies')).not.toContainText('Welcome,')

  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Priya Nair (your account)', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: "Connect to my firm's portal" }).click()
  await signIn(page, portal, 'tom@hartwell.example', 'demo demo demo')
  await page.keyboard.press('Control+,')
  await page.getByRole('dialog', { name: 'Settings' }).getByRole('button', { name: 'Manage' }).click()
  await expect(part(page, 'Your replies')).toContainText('None yet.')
  await expect(part(page, 'Firm replies').getByRole('listitem')).toHaveCount(6)
  await expect(part(page, 'Firm replies')).toContainText('Office hours')
})
