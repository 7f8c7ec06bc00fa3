import { expect, type Page } from '@playwright/test'
import { Maya } from './firm'
import { look } from './look'
import { test, type Portal } from './processes'

const box = (page: Page) => page.getByRole('textbox', { name: 'Enter message' })
const current = (page: Page) => page.getByRole('region', { name: 'Current status' })
const earlier = (page: Page) => page.getByRole('region', { name: 'Earlier' })
const question = (page: Page) => page.getByRole('region', { name: 'Choose a status' })

async function openChat(page: Page) {
  await expect(page.getByText('Up to date')).toBeVisible()
  await page.getByRole('option', { name: 'Okafor: purchase of 14 Elm Street' }).click()
  await page.getByRole('option', { name: 'Ana Okafor' }).click()
  await expect(box(page)).toBeVisible()
}

test('shows the current status, its age and earlier ones', async ({ demo: page }) => {
  await openChat(page)
  await page.getByRole('tab', { name: 'Status' }).click()
  await expect(current(page)).toContainText('Contracts are exchanged.')
  await expect(page.getByText('What Ana sees')).toBeVisible()
  await expect(page.getByText(/^Unchanged for \d+ (day|hour)/)).toBeVisible()
  await expect(
    earlier(page)
      .getByText(/shown for \d+ (day|hour)/)
      .first(),
  ).toBeVisible()
  await look(page, 'status')

  await page.getByRole('button', { name: 'Remove status' }).click()
  await expect(page.getByText('No current status for Ana')).toBeVisible()
  await expect(earlier(page)).toContainText('Contracts are exchanged.')
  await look(page, 'status-none')

  await earlier(page).getByRole('button', { name: 'Set again' }).first().click()
  await expect(current(page)).toContainText('Contracts are exchanged.')
  await expect(page.getByText('Set just now')).toBeVisible()

  await page.getByRole('button', { name: 'Show in chat' }).first().click()
  await expect(page.getByRole('log', { name: 'Chat with Ana Okafor' }).locator('.highlight')).toContainText(
    'Contracts',
  )
})

/** Maya sets a status, and before it leaves her computer a colleague sets another. */
async function conflict(page: Page, portal: Portal) {
  await page.getByLabel('Portal address').fill(portal.address)
  await page.getByLabel('Email').fill('maya@hartwell.example')
  await page.getByLabel('Password').fill('demo demo demo')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await openChat(page)
  const tom = await new Maya(portal).signIn('tom')
  const ana = await tom.find('2026-0147', 'Ana Okafor')
  await page.getByRole('checkbox', { name: 'Set as current status' }).check()
  await box(page).fill('The keys can be collected on Monday.')
  await box(page).press('Enter')
  await expect(page.getByText('Sending to Ana Okafor')).toBeVisible() // so she has not seen Tom's status
  await tom.send(ana, 'Settlement has moved to Tuesday.', true)
  await expect(question(page)).toContainText('Tom changed the status before your change was sent.')
}

test('asks which status to keep and keeps theirs', async ({ signedOut: page, portal }) => {
  await conflict(page, portal)
  await look(page, 'status-conflict-chat')
  await page.getByRole('tab', { name: 'Status' }).click()
  await expect(question(page)).toContainText('The keys can be collected on Monday.')
  await look(page, 'status-conflict')
  await question(page).getByRole('button', { name: 'Keep theirs' }).click()
  await expect(question(page)).toBeHidden()
  await expect(current(page)).toContainText('Settlement has moved to Tuesday.')
  await expect(earlier(page)).not.toContainText('The keys can be collected')
})

test('asks which status to keep and uses mine', async ({ signedOut: page, portal }) => {
  await conflict(page, portal)
  await page.getByRole('tab', { name: 'Status' }).click()
  await question(page).getByRole('button', { name: 'Use mine' }).click()
  await expect(question(page)).toBeHidden()
  await expect(current(page)).toContainText('The keys can be collected on Monday.')
  await expect(earlier(page)).toContainText('Settlement has moved to Tuesday.')
})
