import { expect, type Page } from '@playwright/test'
import { box, join, log, offline, send, unsent } from './clients'
import { look } from './look'
import { test } from './processes'

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })

// tryAgain clicks "Try again", unless the page tried by itself first and got through.
async function tryAgain(page: Page) {
  await page.getByRole('button', { name: 'Try again' }).evaluateAll((found) => {
    for (const button of found as HTMLButtonElement[]) button.click()
  })
}

test('sends messages written offline when the connection returns', async ({ portal, page, context }) => {
  await page.goto(portal.ana)
  await expect(log(page)).toContainText('Does that leave us enough time?')
  await context.setOffline(true)
  await expect(offline(page)).toBeVisible()
  const texts = ['In the tunnel.', 'متى موعد التسليم؟ هل نحضر المفاتيح معنا؟', '👩‍👩‍👧‍👦 🏡', 'x'.repeat(300)]
  for (const text of texts) await send(page, text)
  await expect(log(page).getByText('Waiting to send').first()).toBeVisible()
  await look(page, 'portal-offline')
  await box(page).fill('And one more thi')
  await context.setOffline(false)
  await expect(offline(page)).toBeHidden()
  await expect(unsent(page)).toHaveCount(0)
  for (const text of texts) expect(await portal.count(portal.ana, text)).toBe(1)
  await expect(box(page)).toHaveValue('And one more thi')
  await look(page, 'portal-kinds-of-text')
  await page.reload()
  await expect(box(page)).toHaveValue('And one more thi')
})

test('waits for a portal that restarts', async ({ portal, page }) => {
  await join(portal, page)
  await portal.stop()
  await expect(offline(page)).toBeVisible()
  await send(page, 'Are you there?')
  await expect(log(page).getByText('Waiting to send')).toBeVisible()
  await box(page).fill('Half a thought')
  await box(page).blur()
  await portal.start()
  await expect(unsent(page)).toHaveCount(0)
  await expect(log(page).getByText('Are you there?')).toHaveCount(1)
  await expect(box(page)).toHaveValue('Half a thought')
})

test('does not ask for a sign-in because the portal does not answer', async ({ portal, page }) => {
  await join(portal, page)
  await page.route('**/api/v1/**', (route) => route.abort())
  await page.reload()
  await expect(page.getByRole('heading', { name: "Couldn't connect" })).toBeVisible()
  await look(page, 'portal-away')
  await page.unroute('**/api/v1/**')
  await tryAgain(page)
  await expect(box(page)).toBeVisible()
})

test('sends once on a slow network despite repeated taps and a reload', async ({ portal, page }) => {
  await page.goto(portal.ana)
  await expect(log(page)).toContainText('Does that leave us enough time?')
  await page.route('**/api/v1/messages', async (route) => {
    await new Promise((later) => setTimeout(later, 2000))
    await route.continue().catch(() => {})
  })
  await box(page).fill('We are on our way.')
  for (let i = 0; i < 3; i++) await page.getByRole('button', { name: 'Send', exact: true }).tap()
  await expect(log(page).getByText('Sending')).toBeVisible()
  await expect(page.getByText('Write a message first.')).toBeHidden()
  await look(page, 'portal-sending')
  await page.reload()
  await expect(log(page).getByText('We are on our way.')).toHaveCount(1)
  await expect(unsent(page)).toHaveCount(0)
  expect(await portal.count(portal.ana, 'We are on our way.')).toBe(1)
})

test('shows and sends each message once in two tabs', async ({ portal, page, context }) => {
  await page.goto(portal.ana)
  await expect(log(page)).toContainText('Does that leave us enough time?')
  const other = await context.newPage()
  await other.goto(portal.address)
  await expect(log(other)).toContainText('Does that leave us enough time?')
  await context.setOffline(true)
  await send(page, 'From the first tab')
  await expect(log(other)).toContainText('From the first tab')
  await send(other, 'From the second tab')
  await expect(log(page)).toContainText('From the second tab')
  await context.setOffline(false)
  for (const tab of [page, other]) await expect(unsent(tab)).toHaveCount(0)
  for (const text of ['From the first tab', 'From the second tab']) {
    for (const tab of [page, other]) await expect(log(tab).getByText(text)).toHaveCount(1)
    expect(await portal.count(portal.ana, text)).toBe(1)
  }
})

test('recovers after failed requests', async ({ portal, page }) => {
  await join(portal, page)
  let fails = 2
  await page.route('**/api/v1/messages', (route) => (fails-- > 0 ? route.abort() : route.continue()))
  await send(page, 'Through the noise')
  await expect(log(page).getByText('Through the noise')).toHaveCount(1)
  await expect(unsent(page)).toHaveCount(0)
  await expect(offline(page)).toBeHidden()
})

test('says what is in the way, and sends once it is gone', async ({ portal, page }) => {
  await join(portal, page)
  const firewall = { status: 403, contentType: 'application/json', body: '{"code":"malformed"}' }
  await page.route('**/api/v1/messages', (route) => route.fulfill(firewall))
  await send(page, 'Past the firewall')
  await expect(page.getByText('answered instead of the portal')).toBeVisible()
  await expect(unsent(page)).toBeVisible()
  await look(page, 'portal-intercepted')
  const retried = page.waitForRequest('**/api/v1/messages')
  await page.getByRole('button', { name: 'Try again' }).tap()
  await retried
  await page.unroute('**/api/v1/messages')
  await tryAgain(page)
  await expect(unsent(page)).toHaveCount(0)
  await expect(page.getByText('answered instead of the portal')).toBeHidden()
  await page.route('**/api/v1/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<h1>Free Wi-Fi</h1>' }),
  )
  await page.reload()
  await expect(page.getByRole('heading', { name: "Couldn't connect" })).toBeVisible()
  await expect(page.getByText('answered instead of the portal')).toBeVisible()
  await look(page, 'portal-intercepted-away')
})

test('shows what was unsent when the access ended', async ({ portal, page, context }) => {
  const { maya, jo } = await join(portal, page)
  await context.setOffline(true)
  await send(page, 'My bank account has changed, please call me.')
  await box(page).fill('And the keys')
  await box(page).blur()
  await maya.remove(jo)
  await context.setOffline(false)
  const stranded = page.getByRole('region', { name: 'Not sent' })
  await expect(stranded).toContainText('My bank account has changed, please call me.')
  await expect(stranded).toContainText('And the keys')
  await look(page, 'portal-stranded')
  await stranded.getByRole('button', { name: 'Remove' }).first().tap()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).tap()
  await expect(stranded).not.toContainText('My bank account')
})

test('keeps what was typed when the matter closes', async ({ portal, page }) => {
  const { maya, matter, jo } = await join(portal, page)
  await maya.send(
    jo,
    'Welcome, Jo. https://example.com/a-rather-long-address/that-goes-on-and-on/and-on?and=on',
  )
  await expect(log(page)).toContainText('Welcome, Jo.')
  await box(page).fill('One last question')
  await maya.close(matter)
  await expect(page.getByText('This matter is closed')).toBeVisible()
  await expect(box(page)).toHaveValue('One last question')
  await look(page, 'portal-closed')
})

test('fits on a small phone', async ({ portal, page }) => {
  await page.setViewportSize({ width: 320, height: 568 })
  await page.goto(portal.ana)
  await expect(log(page)).toContainText('Does that leave us enough time?')
  await send(page, 'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(4) + '\n\n' + 'a b '.repeat(200))
  await expect(log(page)).toContainText('a b a b')
  const wide = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(wide).toBeLessThanOrEqual(320)
  await look(page, 'portal-small')
  await page.getByRole('button', { name: 'Ana Okafor' }).tap()
  await page.getByRole('button', { name: 'Change password' }).tap()
  await look(page, 'portal-small-account')
  await page.getByRole('button', { name: 'Sign out', exact: true }).scrollIntoViewIfNeeded()
})
