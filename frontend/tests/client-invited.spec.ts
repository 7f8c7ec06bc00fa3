import { expect, type Page } from '@playwright/test'
import { Maya } from './firm'
import { look } from './look'
import { test } from './processes'

const box = (page: Page) => page.getByRole('textbox', { name: 'Enter message' })
const email = (page: Page) => page.getByRole('textbox', { name: 'Email' })
const chosen = (page: Page) => page.getByLabel('Choose a password', { exact: true })
const go = (page: Page) => page.getByRole('button', { name: 'Open the chat', exact: true })

for (const [device, width, height] of [
  ['phone', 390, 844],
  ['desktop', 1280, 800],
] as const) {
  test.describe(`on a ${device}`, () => {
    test.use({ viewport: { width, height } })

    test('accepts an invitation once', async ({ portal, page }) => {
      const maya = await new Maya(portal).signIn()
      const jo = await maya.add(await maya.open('Lindqvist: sale of 3 Mill Lane'), 'Jo Lindqvist')
      const path = await maya.invite(jo)
      const asked: string[] = []
      page.on('request', (request) => asked.push(request.url()))
      await page.goto(portal.address + path)
      await expect(page.getByRole('heading', { name: "You're invited to a private chat" })).toBeVisible()
      expect(page.url()).toBe(portal.address + '/')
      expect(asked.join()).not.toContain(path.split('#')[1])
      await expect(page.getByText('Use at least 10 characters.')).toBeVisible()
      await look(page, `portal-invited-${width}`)

      // Each field shows its own problem, and nothing typed is lost.
      await email(page).fill('jo lindqvist')
      await chosen(page).fill('short')
      await go(page).click()
      await expect(
        page.getByText('This password is too short. It needs at least 10 characters.'),
      ).toBeVisible()
      await expect(chosen(page)).toBeFocused()
      await page.getByRole('button', { name: 'Show password' }).click()
      await expect(chosen(page)).toHaveAttribute('type', 'text')
      await chosen(page).fill('three blind mice')
      await go(page).click()
      await expect(page.getByText('Enter a valid email address.')).toBeVisible()
      await expect(email(page)).toBeFocused()
      await expect(chosen(page)).toHaveValue('three blind mice')
      await look(page, `portal-invited-wrong-${width}`)

      // A reload keeps the invitation.
      await page.reload()
      const address = `jo${width}@lindqvist.example`
      await email(page).fill(address)
      await chosen(page).fill('three blind mice')
      await page.keyboard.press('Enter')
      await expect(page.getByText('Lindqvist: sale of 3 Mill Lane')).toBeVisible()
      await expect(page.getByText('No messages yet')).toBeVisible()
      await look(page, `portal-first-${width}`)
      await box(page).fill('Good morning! I am in.')
      await page.keyboard.press('Enter')
      await expect(page.getByRole('log')).toContainText('Good morning! I am in.')
      await page.reload()
      await expect(page.getByRole('log')).toContainText('Good morning! I am in.')

      // The same link again, while signed in.
      await page.goto(portal.address + path)
      await expect(page.getByText("You're signed in as Jo Lindqvist")).toBeVisible()
      await page.getByRole('button', { name: 'I already have an account' }).click()
      await email(page).fill(address)
      await page.getByLabel('Your password', { exact: true }).fill('three blind mice')
      await page.getByRole('button', { name: 'Sign in and open the chat' }).click()
      await expect(page.getByRole('heading', { name: 'This link no longer works' })).toBeVisible()
      await look(page, `portal-invited-expired-${width}`)
      await page.getByRole('button', { name: 'Continue as Jo Lindqvist' }).click()
      await expect(page.getByRole('log')).toContainText('Good morning! I am in.')
    })
  })
}

test('adds a second matter to an existing account', async ({ portal, page }) => {
  const maya = await new Maya(portal).signIn()
  const [first, second] = await Promise.all([maya.open('Reyes: will'), maya.open('Reyes: house')])
  await page.goto(portal.address + (await maya.invite(await maya.add(first, 'Sam Reyes'))))
  await email(page).fill('sam@reyes.example')
  await chosen(page).fill('four and twenty')
  await go(page).click()
  await box(page).fill('Here I am')
  await box(page).blur() // Sam has sent nothing in the first matter

  await page.goto(portal.address + (await maya.invite(await maya.add(second, 'Sam Reyes'))))
  await email(page).fill('Sam@reyes.example')
  await chosen(page).fill('another password')
  await go(page).click()
  const password = page.getByLabel('Your password', { exact: true })
  await expect(page.getByText('You already have an account with this email.')).toBeVisible()
  await expect(password).toBeFocused()
  await expect(email(page)).toHaveValue('Sam@reyes.example')
  await look(page, 'portal-invited-known')
  await password.fill('four and twenty')
  await page.getByRole('button', { name: 'Sign in and open the chat' }).click()
  await expect(page.getByText('Reyes: house')).toBeVisible()
  await expect(box(page)).toBeVisible()
  await page.getByRole('button', { name: 'Your matters' }).click()
  await expect(page.getByRole('button', { name: 'Reyes: house' })).toBeFocused()
  await page.keyboard.press('Tab') // neither has a message, so they're sorted by title
  await expect(page.getByRole('button', { name: 'Reyes: will' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(box(page)).toHaveValue('Here I am')
  await expect(page.getByRole('tab', { name: 'Portal Chat' })).toBeFocused()
  await page.getByRole('button', { name: 'Your matters' }).click()
  await look(page, 'portal-matters')
})

test('keeps what was typed when the connection fails', async ({ portal, page, context }) => {
  const maya = await new Maya(portal).signIn()
  await page.goto(portal.address + (await maya.invite(await maya.add(await maya.open('A'), 'Kim Lee'))))
  await email(page).fill('kim@lee.example')
  await chosen(page).fill('humpty dumpty sat')
  await context.setOffline(true)
  await go(page).click()
  await expect(page.getByRole('alert').filter({ hasText: "Couldn't connect." })).toBeVisible()
  await expect(chosen(page)).toHaveValue('humpty dumpty sat')
  await context.setOffline(false)
  await go(page).click()
  await expect(box(page)).toBeVisible()
})

test('says that an invitation link is incomplete', async ({ portal, page }) => {
  await page.goto(portal.address + '/invited')
  await expect(page.getByRole('alert').filter({ hasText: 'This link is incomplete.' })).toBeVisible()
})

test('asks for the PIN of an invitation, and no longer after five wrong ones', async ({ portal, page }) => {
  const maya = await new Maya(portal).signIn()
  const lu = await maya.add(await maya.open('Chen: lease'), 'Lu Chen')
  const { path, pin } = await maya.inviteWithPin(lu)
  const wrong = pin === '123456' ? '654321' : '123456'
  const field = page.getByRole('textbox', { name: 'PIN' })
  await page.goto(portal.address + path)
  await expect(field).toBeVisible()
  await email(page).fill('lu@chen.example')
  await chosen(page).fill('three blind mice')
  await go(page).click()
  await expect(page.getByText('Enter the PIN that the firm told you.')).toBeVisible()
  await expect(field).toBeFocused()
  await field.fill(wrong)
  await go(page).click()
  await expect(page.getByText('Wrong PIN. You have 4 more attempts.')).toBeVisible()
  await expect(field).toBeFocused()
  await expect(chosen(page)).toHaveValue('three blind mice')
  await look(page, 'portal-invited-pin')
  for (const left of ['3 more attempts', '2 more attempts', 'one more attempt']) {
    await go(page).click()
    await expect(page.getByText(`Wrong PIN. You have ${left}.`)).toBeVisible()
  }
  await go(page).click()
  await expect(page.getByRole('heading', { name: 'This link no longer works' })).toBeVisible()
  await expect(page.getByText('not after five wrong PINs')).toBeVisible()
  await look(page, 'portal-invited-pins-wrong')

  // A new link, which lost the end that says that it asks for a PIN.
  const again = await maya.inviteWithPin(lu)
  await page.goto(portal.address + again.path.replace('&pin', ''))
  await expect(email(page)).toBeVisible()
  await expect(field).toBeHidden()
  await email(page).fill('lu@chen.example')
  await chosen(page).fill('three blind mice')
  await go(page).click()
  await expect(field).toBeFocused()
  await field.fill(again.pin.replace(/(?=...$)/, ' '))
  await go(page).click()
  await expect(page.getByText('No messages yet')).toBeVisible()
})

test('shows the emails of users whose names look the same', async ({ portal, page }) => {
  const [maya, tom] = await Promise.all([new Maya(portal).signIn(), new Maya(portal).signIn('tom')])
  const lu = await maya.add(await maya.open('Chen: sale', 'tom'), 'Lu Chen')
  await page.goto(portal.address + (await maya.invite(lu)))
  await email(page).fill('lu@sale.example')
  await chosen(page).fill('three blind mice')
  await go(page).click()
  await expect(page.getByText('No messages yet')).toBeVisible()
  const log = page.getByRole('log')
  await maya.send(lu, 'Good morning')
  await expect(log).toContainText('Good morning')
  await expect(log).not.toContainText('@')
  await tom.rename('Maуa Hаrt') // with letters of another alphabet
  await tom.send(lu, 'Our bank details have changed')
  await expect(log).toContainText('(tom@hartwell.example)')
  await look(page, 'portal-namesakes')
})
