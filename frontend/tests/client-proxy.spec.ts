import { expect } from '@playwright/test'
import { box, join, log, offline, password, send, unsent } from './clients'
import { look } from './look'
import { test } from './processes'
import { Proxy } from './proxy'

test.use({ viewport: { width: 390, height: 844 } })

test('opens and follows the chat behind a proxy that buffers the live stream', async ({ portal, page }) => {
  const proxy = await Proxy.start(portal, { buffers: true })
  const { maya, jo } = await join(portal, page, proxy.address)
  await maya.send(jo, 'Good morning, Jo.')
  await expect(log(page)).toContainText('Good morning, Jo.')
  await send(page, 'Good morning!')
  await expect(log(page).getByText('Good morning!')).toHaveCount(1)
  await expect(unsent(page)).toHaveCount(0)
  await page.reload()
  await expect(log(page)).toContainText('Good morning!')
  await maya.send(jo, 'And good evening.')
  await expect(log(page)).toContainText('And good evening.')
  await expect(offline(page)).toBeHidden()
  await look(page, 'portal-buffered')
  await expect.poll(() => proxy.asked.some((asked) => asked.startsWith('304 '))).toBe(true)
  await proxy.stop()
  await expect(offline(page)).toBeVisible()
})

test('works below a path', async ({ portal, page }) => {
  await portal.serve('--trusted-proxies', '127.0.0.1')
  const proxy = await Proxy.start(portal, { path: '/clients/portal' })
  const { maya, jo } = await join(portal, page, proxy.address)
  expect(page.url()).toBe(proxy.address + '/')
  await send(page, 'Good morning!')
  await expect(log(page)).toContainText('Good morning!')
  await maya.send(jo, 'Good morning, Jo.')
  await expect(log(page)).toContainText('Good morning, Jo.')
  await page.reload()
  await expect(log(page)).toContainText('Good morning, Jo.')
  await page.evaluate(() => document.fonts.ready)

  await page.getByRole('button', { name: 'Jo Lindqvist' }).click()
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByRole('textbox', { name: 'Email' }).fill('jo@lindqvist.example')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(box(page)).toBeVisible()

  await page.goto(portal.ana.replace(portal.address, proxy.address))
  await expect(log(page)).toContainText('Does that leave us enough time?')
  expect(page.url()).toBe(proxy.address + '/')
  expect(proxy.asked.filter((asked) => !/^(200|204|304|401) /.test(asked))).toEqual([])
  await proxy.stop()
})
