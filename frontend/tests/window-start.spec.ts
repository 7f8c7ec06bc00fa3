import { expect, type Page } from '@playwright/test'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { look } from './look'
import { test } from './processes'

const choice = (page: Page, name: string) => page.getByRole('button', { name })
const matters = (page: Page) => page.getByRole('listbox', { name: 'Matters' })
const sheet = (page: Page) => page.getByRole('dialog', { name: 'Settings' })

async function choose(page: Page, menu: string, item: string | RegExp) {
  await page.getByRole('button', { name: menu, exact: true }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

async function signIn(page: Page, address: string, who: string) {
  await page.getByLabel('Portal address').fill(address)
  await page.getByLabel('Email').fill(`${who}@hartwell.example`)
  await page.getByLabel('Password').fill('demo demo demo')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Up to date')).toBeVisible()
}

test('starts with the demo firm', async ({ app, page }) => {
  await expect(page.getByRole('heading', { name: 'Welcome to Matterline' })).toBeVisible()
  await look(page, 'start-choices')
  await choice(page, 'Try the demo firm').focus()
  await page.keyboard.press('Enter')
  await expect(matters(page).getByRole('option').first()).toBeVisible() // before the first sync is complete
  await expect(page.getByText('Up to date')).toBeVisible()
  await expect(matters(page).getByRole('option')).toHaveCount(7)

  await matters(page).getByRole('option', { name: 'Okafor: purchase of 14 Elm Street' }).click()
  await expect(page.getByRole('textbox', { name: 'Enter message' })).toBeVisible()
  await app.restart(page)
  await expect(page.getByRole('heading', { name: 'Okafor: purchase of 14 Elm Street' })).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Enter message' })).toBeVisible()
})

test("connects to the firm's portal and checks its address while typing", async ({
  signedOut: page,
  portal,
}) => {
  const address = page.getByLabel('Portal address')
  await expect(address).toBeFocused()
  await page.keyboard.type('http://portal.example')
  await expect(page.getByText('Enter a portal address')).toBeVisible()
  await look(page, 'start-wrong-address')
  await address.fill('http://127.0.0.1:1')
  await expect(page.getByText(/Couldn't reach the portal/)).toBeVisible()
  await look(page, 'start-no-answer')
  await address.fill(portal.address)
  await expect(page.getByText('✓ Hartwell Legal')).toBeVisible()
  await look(page, 'start-portal')
  await signIn(page, portal.address, 'maya')
  await expect(matters(page).getByRole('option')).toHaveCount(7)
})

/** A proxy of the portal that holds back all requests for changes after the first few, until release is called. */
async function slowProxy(portal: string, few: number) {
  let release = () => {}
  const open = new Promise<void>((done) => (release = done))
  let asked = 0
  const server = createServer(async (req, res) => {
    if (req.url!.includes('/changes') && ++asked > few) await open
    const { method, headers } = req
    const onward = request(portal + req.url, { method, headers }, (answer) => {
      res.writeHead(answer.statusCode!, answer.headers)
      res.flushHeaders()
      answer.pipe(res)
    })
    onward.on('error', () => res.destroy())
    res.on('close', () => onward.destroy())
    req.pipe(onward)
  }).listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { address: `http://127.0.0.1:${port}`, release, close }
}

test('shows the progress of the first sync and lets the user work', async ({ signedOut: page, portal }) => {
  const proxy = await slowProxy(portal.address, 3)
  await page.getByLabel('Portal address').fill(proxy.address)
  await page.getByLabel('Email').fill('maya@hartwell.example')
  await page.getByLabel('Password').fill('demo demo demo')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText(/^Syncing, \d of 10$/)).toBeVisible()
  await matters(page).getByRole('option', { name: 'Okafor: purchase of 14 Elm Street' }).click()
  await page.getByRole('option', { name: 'Ana Okafor' }).click()
  await page.getByRole('textbox', { name: 'Enter message' }).fill('I can see your question already.')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('log').getByText('I can see your question already.')).toBeVisible()
  await look(page, 'start-catching-up')
  await expect.poll(() => portal.count(portal.ana, 'I can see your question already.')).toBe(1)
  await expect(page.getByText(/^Syncing, \d of 10$/)).toBeVisible()
  proxy.release()
  await expect(page.getByText('Up to date')).toBeVisible()
  await expect(matters(page).getByRole('option')).toHaveCount(7)
  proxy.close()
})

test('asks before signing out with an unsent message and sends it after the next sign-in', async ({
  signedOut: page,
  portal,
}) => {
  await signIn(page, portal.address, 'maya')
  await matters(page).getByRole('option', { name: 'Okafor: purchase of 14 Elm Street' }).click()
  await page.getByRole('option', { name: 'Ana Okafor' }).click()
  await portal.stop()
  await page.getByRole('textbox', { name: 'Enter message' }).fill('Said before I left.')
  await page.keyboard.press('Enter')
  await expect(page.getByText('1 waiting to send')).toBeVisible()
  await choose(page, 'Maya Hart (your account)', 'Sign out')
  const question = page.getByRole('alertdialog', { name: 'Sign out?' })
  await expect(question).toContainText('It stays on this computer')
  await look(page, 'start-sign-out')
  await question.getByRole('button', { name: 'Sign out' }).click()
  await choice(page, "Connect to my firm's portal").click()
  await expect(page.getByLabel('Portal address')).toHaveValue(portal.address)
  await portal.start()
  await signIn(page, portal.address, 'maya')
  await expect.poll(() => portal.count(portal.ana, 'Said before I left.')).toBe(1)
})

test('sets up a portal on this computer that restarts with the app', async ({ app, page }) => {
  await choice(page, 'Start a portal on this computer').click()
  await expect(page.getByLabel('Firm name')).toBeFocused()
  await look(page, 'start-found')
  await page.keyboard.type('Hart & Co.')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Maya Hart')
  await page.keyboard.press('Tab')
  await page.keyboard.type('maya@hart.example')
  await page.keyboard.press('Tab')
  await page.keyboard.type('short')
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Password')).toBeFocused()
  await expect(page.getByRole('alert').filter({ hasText: 'at least 10 characters' })).toBeVisible()
  await look(page, 'start-found-refused')
  await page.getByLabel('Password').fill('a long password')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Up to date')).toBeVisible()
  await look(page, 'start-founded')

  // The firm's first matter and participant.
  await page.getByRole('button', { name: 'Create your first matter' }).click()
  await page.getByLabel('Title').fill('Ferreira: sale of 3 Mill Lane')
  await page.getByLabel('Reference').fill('2026-0001')
  await page.getByLabel('Type').fill('Conveyancing')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('main').getByRole('button', { name: 'Add participant' }).last()).toBeFocused()
  await page.keyboard.press('Enter')
  const form = page.getByRole('dialog', { name: 'Add participant' })
  await form.getByLabel('Name').fill('Nadia Ferreira')
  await form.getByLabel('Role').press('ArrowDown')
  await expect(page.getByRole('option', { name: 'Client' })).toBeVisible()
  await form.getByLabel('Role').press('Escape')
  await expect(page.getByRole('option', { name: 'Client' })).toBeHidden()
  await form.getByLabel('Role').fill('Seller')
  await form.getByRole('button', { name: 'Add' }).click()
  await expect(page.getByRole('textbox', { name: 'Invitation link' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('option', { name: /Nadia Ferreira.*invitation expires/ })).toBeVisible()

  await app.restart(page)
  await expect(page.getByText('Up to date')).toBeVisible()
  await choose(page, 'Maya Hart (your account)', 'Sign out')
  await choice(page, 'Sign in to the portal on this computer').click()
  await expect(page.getByText('✓ Hart & Co.')).toBeVisible()
  await page.getByLabel('Email').fill('maya@hart.example')
  await page.getByLabel('Password').fill('a long password')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Up to date')).toBeVisible()
})

test('keeps two accounts apart, each with its place and draft', async ({ signedOut: page, portal }) => {
  await signIn(page, portal.address, 'maya')
  await matters(page).getByRole('option', { name: 'Okafor: purchase of 14 Elm Street' }).click()
  await page.getByRole('textbox', { name: 'Enter message' }).fill('half a thought')
  await choose(page, 'Maya Hart (your account)', 'Add account')
  await expect(choice(page, 'Maya Hart')).toBeVisible()
  await look(page, 'start-accounts')
  await choice(page, "Connect to my firm's portal").click()
  await signIn(page, portal.address, 'tom')
  await expect(page.getByText('No matter open')).toBeVisible()
  await page.getByRole('button', { name: 'Tom Reyes (your account)', exact: true }).click()
  await look(page, 'start-menu')
  await page.getByRole('menuitem', { name: /Switch to Maya Hart/ }).click()
  await expect(page.getByRole('textbox', { name: 'Enter message' })).toHaveValue('half a thought')
})

test('applies settings at once and after a restart', async ({ app, page, data }) => {
  await expect(choice(page, "Connect to my firm's portal")).toBeVisible()
  await page.keyboard.press('Control+,')
  await expect(sheet(page)).toBeVisible()
  await look(page, 'settings')
  await sheet(page).getByLabel('Theme').selectOption('Dark')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await sheet(page).getByLabel('Text size').selectOption('Larger')
  await sheet(page).getByLabel('Date format').selectOption('Deutsch')
  await expect(sheet(page)).toContainText(/(Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonntag)/)
  await sheet(page).getByLabel('Start when I sign in').check()
  await expect
    .poll(() =>
      readFile(join(data, 'config/autostart/eu.matterline.desktop.desktop'), 'utf8').catch(() => ''),
    )
    .toContain('Exec=')
  await sheet(page).getByLabel('Quiet hours', { exact: true }).check()
  await sheet(page).getByLabel('Quiet hours from').fill('17:00')
  await sheet(page).getByRole('button', { name: 'For 1 hour' }).click()
  await expect(sheet(page)).toContainText('Notifications paused until')
  await look(page, 'settings-set')
  await sheet(page).getByRole('button', { name: 'Export' }).click()
  await expect(sheet(page)).toContainText('diagnostics-')
  await sheet(page).getByText('Exported to').scrollIntoViewIfNeeded()
  await look(page, 'settings-exported')
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
  await look(page, 'settings-keyboard')

  await app.restart(page)
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await page.keyboard.press('Control+,')
  await expect(sheet(page).getByLabel('Quiet hours from')).toHaveValue('17:00')
  await expect(sheet(page).getByLabel('Start when I sign in')).toBeChecked()

  await writeFile(join(data, 'app/settings.json'), '{')
  await app.restart(page)
  await page.setViewportSize({ width: 900, height: 600 })
  await expect(page.getByRole('heading', { name: 'Welcome to Matterline' })).toBeVisible()
  await page.keyboard.press('Control+,')
  await expect(sheet(page)).toContainText("Your settings couldn't be read")
  await look(page, 'settings-broken')
})
