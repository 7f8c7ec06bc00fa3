import { expect, type Locator, type Page } from '@playwright/test'
import { Maya } from './firm'
import { look } from './look'
import { test } from './processes'

const whole = (what: Locator) => expect(what).toBeInViewport({ ratio: 1 })

async function signIn(page: Page, address: string) {
  await page.getByLabel('Portal address').fill(address)
  await page.getByLabel('Email').fill('maya@hartwell.example')
  await page.getByLabel('Password').fill('demo demo demo')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Up to date')).toBeVisible()
}

test('fits the longest names into the window', async ({ signedOut: page, portal }) => {
  const maya = await new Maya(portal).signIn()
  const title = `The estate of ${'Wolfeschlegelsteinhausenbergerdorff '.repeat(5)}`.slice(0, 200).trim()
  const matter = await maya.open(title)
  const name = `Hubert ${'Blaine'.repeat(32)}`.slice(0, 200)
  await maya.add(matter, name, 'Co-executor and trustee of the residuary estate of the late Justice Wolfe')
  await maya.add(matter, 'x'.repeat(200))
  await signIn(page, portal.address)
  for (const [width, height] of [
    [1280, 800],
    [900, 600],
    [640, 400],
  ]) {
    await page.setViewportSize({ width, height })
    const list = page.getByRole('button', { name: 'Matters', exact: true })
    if (await list.isVisible()) await list.click()
    await page.getByRole('option', { name: 'The estate of' }).click()
    await page.getByRole('listbox', { name: 'Portal participants' }).getByRole('option').first().click()
    await whole(page.getByRole('button', { name: 'Send', exact: true }))
    await whole(page.getByRole('button', { name: 'More actions for this matter' }))
    await whole(page.getByRole('button', { name: 'Assigned to you' }))
    await page.getByRole('button', { name: 'More actions for this matter' }).click()
    await whole(page.getByRole('menuitem', { name: 'Close matter' }))
    await page.keyboard.press('Escape')
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    await look(page, `long-names-${width}`)
  }
})

test('says that access to a matter ended and keeps the draft', async ({ signedOut: page, portal }) => {
  const tom = await new Maya(portal).signIn('tom')
  const matter = await tom.open('Costa: sale of the boat', 'maya')
  await tom.add(matter, 'Rui Costa')
  await signIn(page, portal.address)
  await page.getByRole('button', { name: /^Mine \+ team/ }).click()
  await page.getByRole('option', { name: 'Costa: sale of the boat' }).click()
  await page.getByRole('textbox', { name: 'Enter message' }).fill('Half a sentence')
  await tom.team(matter)
  await expect(page.getByText('You no longer have access to this matter')).toBeVisible()
  await expect(page.getByRole('option', { name: 'Costa: sale of the boat' })).toHaveCount(0)
  await look(page, 'long-taken-off')
  await tom.team(matter, 'maya')
  await page.getByRole('option', { name: 'Costa: sale of the boat' }).click()
  await expect(page.getByRole('textbox', { name: 'Enter message' })).toHaveValue('Half a sentence')
})
