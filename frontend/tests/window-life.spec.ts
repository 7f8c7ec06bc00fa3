import { expect, type Page } from '@playwright/test'
import type * as App from '../wailsjs/go/desktop/App'
import { look } from './look'
import { test } from './processes'

const matters = (page: Page) => page.getByRole('listbox', { name: 'Matters' })
const people = (page: Page) => page.getByRole('listbox', { name: 'Portal participants' })
const region = (page: Page, matter: string) => page.getByRole('region', { name: matter })

const okafor = 'Okafor: purchase of 14 Elm Street'
const doyle = 'Doyle: will and powers of attorney'

/** Sends the event of a click on a notification for a matter's first chat. Nothing shows notifications here. */
function clickNotification(page: Page, title: string) {
  return page.evaluate(async (title) => {
    const { go, runtime } = window as never as Wails
    const { Matters, Matter } = go.desktop.App
    const matter = (await Matters([])).find((matter) => matter.title === title)!.id
    const participant = (await Matter(matter)).participants[0].id
    go.desktop.App.TakeChatToOpen = async () => {
      go.desktop.App.TakeChatToOpen = async () => ({
        account: '',
        matter: '',
        participant: '',
        message: '',
        version: 0,
      })
      return { account: '', matter, participant, message: '', version: 0 }
    }
    runtime.EventsEmit('open-chat')
  }, title)
}

interface Wails {
  go: { desktop: { App: { -readonly [K in keyof typeof App]: (typeof App)[K] } } }
  runtime: { EventsEmit(event: string): void }
}

test('opens the chat of a clicked notification and asks before discarding a form', async ({ demo: page }) => {
  await expect(page.getByText('Up to date')).toBeVisible()
  await matters(page).getByRole('option', { name: okafor }).click()
  await clickNotification(page, doyle)
  await expect(region(page, doyle)).toBeVisible()

  await page.getByRole('button', { name: 'More actions for this matter' }).click()
  await page.getByRole('menuitem', { name: 'Edit matter' }).click()
  await page.getByLabel('Title').fill('Doyle: will')
  await clickNotification(page, okafor)
  const question = page.getByRole('alertdialog', { name: 'Discard changes?' })
  await expect(question).toBeVisible()
  await look(page, 'life-toast-form')
  await question.getByRole('button', { name: 'Keep editing' }).click()
  await expect(page.getByLabel('Title')).toHaveValue('Doyle: will')

  await clickNotification(page, okafor)
  await question.getByRole('button', { name: 'Discard' }).click()
  await expect(region(page, okafor)).toBeVisible()
  await expect(people(page).getByRole('option').first()).toHaveAttribute('aria-selected', 'true')
})

test('assigns a matter after an offline start, from the users known before', async ({
  app,
  signedOut: page,
  portal,
}) => {
  await page.getByLabel('Portal address').fill(portal.address)
  await page.getByLabel('Email').fill('maya@hartwell.example')
  await page.getByLabel('Password').fill('demo demo demo')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Up to date')).toBeVisible()
  await matters(page).getByRole('option', { name: okafor }).click()
  const kept = () => page.evaluate(() => (window as never as Wails).go.desktop.App.LastChat())
  await expect.poll(async () => (await kept()).matter).toBeTruthy()
  const picker = page.getByRole('dialog', { name: 'Assign to' })
  const priya = picker.getByRole('option', { name: 'Priya' })
  await page.getByRole('button', { name: 'Assigned to you' }).click()
  await expect(priya).toBeVisible() // the users are known

  await portal.stop()
  await app.restart(page)
  await expect(page.getByText(/^Offline/)).toBeVisible()
  await page.getByRole('button', { name: 'Assigned to you' }).click()
  await expect(priya).toBeVisible()
  await look(page, 'life-assign-offline')
  await priya.click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Assign' }).click()
  await expect(page.getByRole('button', { name: /Will be assigned to Priya/ })).toBeVisible()

  await portal.start()
  await expect(page.getByText('Up to date')).toBeVisible()
  await expect(page.getByRole('button', { name: /Will be assigned to/ })).toHaveCount(0)
})

test('keeps the settings for colleagues and pauses after a reload', async ({ demo: page }) => {
  await expect(page.getByText('Up to date')).toBeVisible()
  await page.keyboard.press('Control+,')
  const sheet = page.getByRole('dialog', { name: 'Settings' })
  await sheet.getByLabel('Alert me when colleagues write in my matters').uncheck()
  await sheet.getByRole('button', { name: 'Until tomorrow' }).click()
  await expect(sheet).toContainText(/Notifications paused until .+ 06:00/)
  await sheet.getByRole('heading', { name: 'Alerts and notifications' }).scrollIntoViewIfNeeded()
  await look(page, 'life-settings')
  await page.reload()
  await expect(page.getByText('Up to date')).toBeVisible() // before that no key is heard
  await page.keyboard.press('Control+,')
  await expect(sheet.getByLabel('Alert me when colleagues')).not.toBeChecked()
  await sheet.getByRole('button', { name: 'Resume' }).click()
  await expect(sheet.getByRole('button', { name: 'For 1 hour' })).toBeVisible()
})
