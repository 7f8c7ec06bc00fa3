import { expect, type Page } from '@playwright/test'
import { box, join, log, offline, password, send } from './clients'
import { test } from './processes'
import { Proxy } from './proxy'

const heading = (page: Page) => page.getByRole('heading', { name: 'Client portal' })

async function openTabs(first: Page, address: string, count: number): Promise<Page[]> {
  const tabs = [first]
  while (tabs.length < count) {
    const tab = await first.context().newPage()
    await tab.goto(address)
    await expect(log(tab)).toBeVisible()
    tabs.push(tab)
  }
  return tabs
}

/** Tells a page that it is hidden, or shown again. The test browser shows all of its pages. */
const setHidden = (page: Page, hidden: boolean) =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }, hidden)

test('shares one stream among seven tabs, whichever of them closes, crashes or is hidden', async ({
  portal,
  page,
}) => {
  const proxy = await Proxy.start(portal, {})
  const { maya, jo } = await join(portal, page, proxy.address)
  await maya.send(jo, 'Good morning, Jo.')
  await expect(log(page)).toContainText('Good morning, Jo.')
  let tabs = await openTabs(page, proxy.address, 7)
  await expect.poll(() => proxy.streams).toBe(1)

  const arrives = async (text: string) => {
    await maya.send(jo, text)
    for (const tab of tabs) await expect(log(tab).getByText(text)).toHaveCount(1)
    await expect.poll(() => proxy.streams).toBe(1)
  }
  await arrives('To all seven')
  await send(tabs[6], 'From the last one')
  for (const tab of tabs) await expect(log(tab).getByText('From the last one')).toHaveCount(1)

  await setHidden(tabs[0], true)
  await arrives('After the holder is hidden')
  await tabs[1].close()
  tabs = tabs.filter((tab) => tab !== tabs[1])
  await arrives('After a holder has closed')
  const devtools = await page.context().newCDPSession(tabs[1])
  void devtools.send('Page.crash').catch(() => {})
  tabs = tabs.filter((tab) => tab !== tabs[1])
  await arrives('After a holder has crashed')
  for (const tab of tabs.slice(1)) await setHidden(tab, true)
  await expect.poll(() => proxy.streams).toBe(0)
  await maya.send(jo, 'While all are hidden')
  await setHidden(tabs[0], false)
  await expect(log(tabs[0])).toContainText('While all are hidden')
  await expect.poll(() => proxy.streams).toBe(1)
  await proxy.stop()
})

test('signs out all tabs, and deletes what they have not sent', async ({ portal, page }) => {
  await join(portal, page)
  await send(page, 'Good morning!')
  const [first, second] = await openTabs(page, portal.address, 2)
  await box(second).fill('Half a thought')
  await first.getByRole('button', { name: 'Jo Lindqvist' }).click()
  await first.getByRole('button', { name: 'Sign out', exact: true }).click()
  const question = first.getByRole('alertdialog').getByRole('button', { name: 'Sign out' })
  await expect(question.or(heading(first))).toBeVisible()
  if (await question.isVisible()) await question.click()
  for (const tab of [first, second]) await expect(heading(tab)).toBeVisible()
  expect(await first.evaluate(() => JSON.stringify(localStorage))).not.toContain('Half a thought')
})

test('shows the same draft in two tabs, and sends it once', async ({ portal, page }) => {
  await join(portal, page)
  await send(page, 'Good morning!')
  const [first, second] = await openTabs(page, portal.address, 2)
  await box(first).fill('On Friday, then.')
  await expect(box(second)).toHaveValue('On Friday, then.')
  await first.getByRole('button', { name: 'Send', exact: true }).click()
  await expect(log(second).getByText('On Friday, then.')).toHaveCount(1)
  await expect(box(second)).toHaveValue('')
})

test('leaves the chat when another account signs in in another tab', async ({ portal, page, context }) => {
  await join(portal, page)
  await box(page).fill('Half a thought')
  await box(page).blur()
  const other = await context.newPage()
  await other.goto(portal.ana)
  await expect(log(other)).toContainText('Does that leave us enough time?')
  await expect(page.getByText('Another account has signed in')).toBeVisible()
  await expect(log(page)).toBeHidden()
  await page.getByRole('textbox', { name: 'Email' }).fill('jo@lindqvist.example')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(box(page)).toHaveValue('Half a thought')
  await expect(other.getByText('Another account has signed in')).toBeVisible()
})

test('opens seven tabs in a page without TLS', async ({ portal, playwright }, { project }) => {
  const options = project.use.launchOptions!
  const browser = await playwright.chromium.launch({
    ...options,
    args: [...options.args!, '--host-resolver-rules=MAP portal.example 127.0.0.1'],
  })
  const page = await (await browser.newContext()).newPage()
  const address = portal.address.replace('127.0.0.1', 'portal.example')
  const { maya, jo } = await join(portal, page, address)
  expect(await page.evaluate(() => isSecureContext)).toBe(false)
  await send(page, 'Good morning!')
  const tabs = await openTabs(page, address, 7)
  await maya.send(jo, 'Good morning, Jo.')
  for (const tab of tabs) {
    await expect(log(tab).getByText('Good morning, Jo.')).toHaveCount(1)
    await expect(offline(tab)).toBeHidden()
  }
  await browser.close()
})
