import { expect, type Page } from '@playwright/test'
import type * as Runtime from '../wailsjs/runtime/runtime'
import { look } from './look'
import { test } from './processes'

const log = (page: Page) => page.getByRole('log', { name: /^Chat with/ })
const box = (page: Page) => page.getByRole('textbox', { name: 'Enter message' })
const asStatus = (page: Page) => page.getByRole('checkbox', { name: 'Set as current status' })

async function openChat(page: Page, matter: string, person: string) {
  await page.getByRole('listbox', { name: 'Matters' }).getByRole('option', { name: matter }).click()
  await page.getByRole('option', { name: person }).click()
  await expect(page.getByRole('tablist', { name: `Chat with ${person}` })).toBeVisible()
}

test.beforeEach(async ({ demo: page }) => {
  await expect(page.getByText('Up to date')).toBeVisible()
})

test('keeps the draft and its checkbox in each chat', async ({ demo: page }) => {
  await openChat(page, 'Okafor', 'Ana Okafor')
  await box(page).fill('For Ana alone')
  await asStatus(page).check()
  await openChat(page, 'Okafor', 'Ben Okafor')
  await expect(box(page)).toHaveValue('')
  await expect(asStatus(page)).not.toBeChecked()
  await box(page).fill('For Ben alone')
  await openChat(page, 'Brandt', 'Erik Brandt')
  await expect(box(page)).toHaveValue('')
  await page.reload()
  await expect(page.getByRole('tablist', { name: 'Chat with Erik Brandt' })).toBeVisible()
  await openChat(page, 'Okafor', 'Ben Okafor')
  await expect(box(page)).toHaveValue('For Ben alone')
  await expect(asStatus(page)).not.toBeChecked()
  await openChat(page, 'Okafor', 'Ana Okafor')
  await expect(box(page)).toHaveValue('For Ana alone')
  await expect(asStatus(page)).toBeChecked()
  await look(page, 'writing-draft')
})

test('asks before sending to the other side', async ({ demo: page }) => {
  await openChat(page, 'Brandt', 'Adrian Keele')
  await expect(page.getByText(/^To Adrian Keele/)).toBeVisible()
  await box(page).fill('Our offer is final.')
  await box(page).press('Enter')
  const question = page.getByRole('alertdialog', { name: 'Send to Adrian Keele?' })
  await expect(question).toContainText('on the other side of this matter')
  await look(page, 'writing-other-side')
  await page.keyboard.press('Escape')
  await expect(box(page)).toHaveValue('Our offer is final.')
  await expect(log(page)).not.toContainText('Our offer is final.')
  await box(page).press('Enter')
  await question.getByRole('button', { name: 'Send' }).click()
  await expect(log(page).getByText('Our offer is final.')).toBeVisible()
  await expect(box(page)).toHaveValue('')
})

test('does not send when Enter confirms an input method', async ({ demo: page, context }) => {
  await openChat(page, 'Tanaka', 'Kenji Tanaka')
  await box(page).focus()
  const keyboard = await context.newCDPSession(page)
  await keyboard.send('Input.imeSetComposition', { text: 'ありがとう', selectionStart: 5, selectionEnd: 5 })
  const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 }
  await keyboard.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...enter })
  await keyboard.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enter })
  await keyboard.send('Input.insertText', { text: 'ありがとう' })
  await expect(box(page)).toHaveValue('ありがとう')
  await expect(log(page)).not.toContainText('ありがとう')
  await page.keyboard.press('Enter')
  await expect(log(page).getByText('ありがとう')).toBeVisible()
})

test('accepts a long pasted text and says when it is too long', async ({ demo: page }) => {
  await openChat(page, 'Okafor', 'Ana Okafor')
  const paste = (text: string) =>
    box(page).evaluate((box, text) => {
      box.focus()
      document.execCommand('insertText', false, text)
    }, text)
  const clause = Array.from({ length: 150 }, (_, i) => `${i + 1}. The purchaser pays what is due then.`)
  const text = clause.join('\n')
  await paste(text)
  await expect(box(page)).toHaveValue(text)
  await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeInViewport({ ratio: 1 })
  await look(page, 'writing-long')
  await paste(text.repeat(2))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('Messages can have up to 10,000 characters')
  await expect(box(page)).toHaveValue(text.repeat(3))
  await box(page).fill(text)
  await page.keyboard.press('Enter')
  await expect(log(page)).toContainText('150. The purchaser pays what is due then.')
})

test('shows the address of a link before opening it and copies text', async ({ demo: page }) => {
  await openChat(page, 'Okafor', 'Ana Okafor')
  await box(page).fill('See https://land.example/title?id=14, or javascript:alert(1).')
  await box(page).press('Enter')
  await log(page).getByRole('link', { name: 'https://land.example/title?id=14' }).click()
  const question = page.getByRole('alertdialog', { name: 'Open this link?' })
  await expect(question).toContainText('https://land.example/title?id=14')
  await look(page, 'writing-link')
  await question.getByRole('button', { name: 'Cancel' }).click()
  await expect(log(page).getByRole('link')).toHaveCount(1)

  await log(page)
    .getByText('See https://land.example')
    .click({ button: 'right', position: { x: 4, y: 8 } })
  await page.getByRole('menuitem', { name: 'Copy', exact: true }).click()
  const clipboard = () =>
    page.evaluate(() => (window as never as { runtime: typeof Runtime }).runtime.ClipboardGetText())
  await expect.poll(clipboard).toBe('See https://land.example/title?id=14, or javascript:alert(1).')
})
