import { expect } from '@playwright/test'
import { box, log, send, unsent } from './clients'
import { look } from './look'
import { test } from './processes'

for (const [device, width, height] of [
  ['phone', 390, 844],
  ['desktop', 1280, 800],
] as const) {
  test.describe(`on a ${device}`, () => {
    test.use({ viewport: { width, height } })

    test('opens chat and status with a sign-in link', async ({ portal, page }) => {
      await page.goto(portal.ana)
      await expect(page.getByRole('heading', { name: 'Hartwell Legal' })).toBeVisible()
      await expect(log(page)).toContainText('Does that leave us enough time?')
      expect(page.url()).not.toContain(portal.ana.split('#')[1])
      await look(page, `portal-chat-${width}`)

      await send(page, 'We have the letter. Where shall we bring it?')
      await expect(log(page)).toContainText('We have the letter. Where shall we bring it?')
      await expect(box(page)).toHaveValue('')
      await expect(unsent(page)).toHaveCount(0)
      expect(await portal.count(portal.ana, 'We have the letter. Where shall we bring it?')).toBe(1)

      await page.getByRole('tab', { name: 'Status' }).click()
      await expect(page.getByRole('tabpanel', { name: 'Status' })).toContainText('Contracts are exchanged.')
      await look(page, `portal-status-${width}`)

      await page.reload()
      await expect(log(page)).toContainText('We have the letter. Where shall we bring it?')
    })

    test('rejects an invalid link', async ({ portal, page }) => {
      await page.goto(portal.address + '/join#nobody-ever-made-this-link')
      await expect(page.getByRole('alert')).toContainText('link')
      await expect(box(page)).toBeHidden()
      await look(page, `portal-bad-link-${width}`)
    })
  })
}

test('says what is wrong with a message and keeps it', async ({ portal, page }) => {
  await page.goto(portal.ana)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await expect(page.getByRole('alert')).toContainText('Write a message first.')
  const long = 'x'.repeat(10_001)
  await box(page).fill(long)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await expect(page.getByRole('alert')).toContainText('10,000')
  await expect(box(page)).toHaveValue(long)
})
