import { expect, type Page } from '@playwright/test'
import { Ana, Maya } from './firm'
import { look } from './look'
import { test, type Portal } from './processes'

const log = (page: Page) => page.getByRole('log', { name: /^Chat with/ })
const box = (page: Page) => page.getByRole('textbox', { name: 'Enter message' })
const okafor = 'Okafor: purchase of 14 Elm Street'

async function openChat(page: Page, matter: string, person: string) {
  await page.getByRole('listbox', { name: 'Matters' }).getByRole('option', { name: matter }).click()
  await page
    .getByRole('listbox', { name: 'Portal participants' })
    .getByRole('option', { name: person })
    .click()
  await expect(page.getByRole('log', { name: `Chat with ${person}` })).toBeVisible()
}

async function signIn(page: Page, portal: Portal) {
  await page.getByLabel('Portal address').fill(portal.address)
  await page.getByLabel('Email').fill('maya@hartwell.example')
  await page.getByLabel('Password').fill('demo demo demo')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Up to date')).toBeVisible()
}

test.describe('on the demo firm', () => {
  test.beforeEach(async ({ demo: page }) => {
    await expect(page.getByText('Up to date')).toBeVisible()
    await openChat(page, okafor, 'Ana Okafor')
  })

  test('undoes a message with the button and with Ctrl Z', async ({ demo: page }) => {
    await box(page).fill('The meeting is on Monday.')
    await page.keyboard.press('Enter')
    await expect(log(page)).toContainText('The meeting is on Monday.')
    await expect(page.getByText('Sending to Ana Okafor')).toBeVisible()
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect(box(page)).toHaveValue('The meeting is on Monday.')
    await expect(log(page)).not.toContainText('The meeting is on Monday.')

    await box(page).press('Enter')
    await expect(box(page)).toHaveValue('')
    await page.keyboard.press('Control+z')
    await expect(box(page)).toHaveValue('The meeting is on Monday.')

    await box(page).press('Enter')
    await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible()
    await look(page, 'chat-undo') // which may take longer than the time to undo
    await expect(page.getByText('Sending to Ana Okafor')).toBeHidden()
    await expect(log(page).getByText('The meeting is on Monday.')).toHaveCount(1)
    await expect(
      log(page)
        .getByText(/^Sent$|^Read by Ana/)
        .last(),
    ).toBeVisible()
  })

  test('sends to several people in separate chats after a confirmation', async ({ demo: page }) => {
    await page.getByRole('button', { name: /Add recipients/ }).click()
    await page.getByRole('checkbox', { name: 'Ben Okafor' }).check()
    await page.getByRole('checkbox', { name: 'Kia Lending' }).check()
    await look(page, 'chat-recipients')
    await page.keyboard.press('Escape')
    await expect(page.getByText('To Ana Okafor and 2 more')).toBeVisible()
    await box(page).fill('The office is closed on Friday.')
    await page.keyboard.press('Enter')
    const question = page.getByRole('alertdialog', { name: 'Send to 3 people?' })
    await expect(question.getByRole('listitem')).toHaveText([
      'Ana Okafor Client',
      'Ben Okafor Client',
      'Kia Lending Lender',
    ])
    await look(page, 'chat-several')
    await question.getByRole('button', { name: 'Send to 3 people' }).click()
    await expect(page.getByText('To Ana Okafor · Client')).toBeVisible()
    for (const person of ['Ben Okafor', 'Kia Lending', 'Ana Okafor']) {
      await openChat(page, okafor, person)
      await expect(log(page).getByText('The office is closed on Friday.')).toHaveCount(1)
    }
    await openChat(page, okafor, 'Sam Petrov')
    await expect(log(page)).not.toContainText('The office is closed on Friday.')
  })

  test('undoes a message to several people in all their chats', async ({ demo: page }) => {
    await page.getByRole('button', { name: /Add recipients/ }).click()
    await page.getByRole('button', { name: 'Select all' }).click()
    await page.keyboard.press('Escape')
    await box(page).fill('Not this one.')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Send to 4 people' }).click()
    await openChat(page, okafor, 'Ben Okafor')
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect(page.getByRole('log', { name: 'Chat with Ana Okafor' })).toBeVisible()
    await expect(box(page)).toHaveValue('Not this one.')
    for (const person of ['Ben Okafor', 'Kia Lending']) {
      await openChat(page, okafor, person)
      await expect(log(page)).not.toContainText('Not this one.')
    }
  })

  test('finds words in the chat', async ({ demo: page }) => {
    await page.keyboard.press('Control+f')
    const find = page.getByRole('textbox', { name: 'Find in this chat' })
    await find.fill('bank')
    await expect(page.getByText(/^1 of \d+$/)).toBeVisible()
    await find.press('Enter')
    await expect(page.getByText(/^2 of \d+$/)).toBeVisible()
    await expect(log(page).locator('.highlight')).toContainText(/bank/i)
    await look(page, 'chat-find')
    await find.press('Shift+Enter')
    await expect(page.getByText(/^1 of \d+$/)).toBeVisible()
    await find.fill('no such words')
    await expect(page.getByText('No results')).toBeVisible()
    await find.press('Escape')
    await expect(find).toBeHidden()
    await expect(box(page)).toBeFocused()
  })

  test('jumps to a date', async ({ demo: page }) => {
    await page.getByRole('button', { name: 'Jump to date' }).click()
    await look(page, 'chat-jump')
    await page.getByRole('button', { name: 'Previous' }).click()
    await page.getByRole('button', { name: 'Previous' }).click()
    await page.locator('[data-bits-day]:not([data-outside-month])').first().click()
    await expect(page.getByRole('button', { name: 'Jump to latest' })).toBeVisible()
    const then = new Date()
    then.setMonth(then.getMonth() - 2, 1)
    await expect(log(page)).toContainText(then.toLocaleDateString('en-GB', { month: 'long' }))
    await page.getByRole('button', { name: 'Jump to latest' }).click()
    await expect(log(page).getByText('Does that leave us enough time?')).toBeInViewport()
  })

  test('opens the menu of a message with the mouse and the keyboard', async ({ demo: page }) => {
    const more = page.getByRole('button', { name: /^Options for/ })
    await log(page).focus()
    await page.keyboard.press('Tab')
    await expect(more.last()).toBeFocused()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('menuitem', { name: 'Copy', exact: true })).toBeVisible()
    await expect(log(page).locator('[aria-expanded=true]')).toHaveCSS('opacity', '1')
    await look(page, 'chat-menu')
    await page.getByRole('menuitem', { name: 'Set as current status' }).click()
    await page.getByRole('tab', { name: 'Status' }).click()
    await expect(page.getByText('Only the final figures from your bank.').first()).toBeVisible()
  })
})

test('opens at the first unread message and scrolls to the newest', async ({ signedOut: page, portal }) => {
  await signIn(page, portal)
  await openChat(page, okafor, 'Ana Okafor')
  await expect(log(page).getByText('Does that leave us enough time?')).toBeInViewport()
  await openChat(page, okafor, 'Ben Okafor')
  const ana = await new Ana(portal).signIn()
  await ana.send(...Array.from({ length: 90 }, (_, i) => `Question ${i + 1}`))
  await expect(page.getByRole('option', { name: 'Ana Okafor' }).getByText('90')).toBeVisible()
  await openChat(page, okafor, 'Ana Okafor')
  await expect(log(page).getByText('New', { exact: true })).toBeInViewport()
  await expect(log(page).getByText('Question 1', { exact: true })).toBeInViewport()
  await look(page, 'chat-unread')

  // A new message does not move the text being read.
  const first = await log(page).getByText('Question 1', { exact: true }).boundingBox()
  await ana.send('And one more')
  await expect(page.getByRole('button', { name: '1 new message' })).toBeVisible()
  expect(await log(page).getByText('Question 1', { exact: true }).boundingBox()).toEqual(first)

  await page.getByRole('button', { name: '1 new message' }).click()
  await expect(log(page).getByText('And one more')).toBeInViewport()
  await expect(page.getByRole('option', { name: 'Ana Okafor' }).getByText('91')).toBeHidden()

  // The arrow keys reach messages longer than the window.
  const long = Array.from({ length: 30 }, (_, i) => `Contract ${i + 1}\n${'It goes on.\n'.repeat(60)}`)
  await ana.send(...long)
  await openChat(page, okafor, 'Ben Okafor')
  await openChat(page, okafor, 'Ana Okafor')
  await expect(log(page).getByText('Contract 30')).toBeInViewport()
  const reached = log(page)
    .locator('.said')
    .filter({ has: page.locator('.more:focus') })
  await log(page).focus()
  await page.keyboard.press('Tab')
  for (const text of long.toReversed()) {
    await expect(reached).toContainText(text.trimEnd())
    await page.keyboard.press('ArrowUp')
  }
})

test('shows a rejected message and the reason', async ({ signedOut: page, portal }) => {
  await signIn(page, portal)
  const maya = await new Maya(portal).signIn()
  const matter = await maya.open('Nolan: sale of the mill')
  await maya.add(matter, 'Pat Nolan')
  await page.getByRole('option', { name: 'Nolan' }).click()
  await expect(box(page)).toBeVisible()
  await box(page).fill('The buyer has signed.')
  await page.keyboard.press('Enter')
  await maya.close(matter)
  await expect(page.getByText('1 not sent')).toBeVisible()
  await expect(log(page).getByText(/^Not sent\. This matter is closed/)).toBeVisible()
  await page.getByRole('button', { name: /1 not sent/ }).click()
  await page.getByRole('button', { name: 'View unsent items' }).click()
  const sheet = page.getByRole('dialog', { name: 'Unsent items' })
  await expect(sheet.getByText('The buyer has signed.')).toBeVisible()
  await look(page, 'chat-not-sent')
  await sheet.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
  await expect(sheet.getByText('Everything has been sent.')).toBeVisible()
})
