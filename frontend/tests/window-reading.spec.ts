import { expect, type Page } from '@playwright/test'
import { Ana, Maya } from './firm'
import { look } from './look'
import { test, type Portal } from './processes'

const log = (page: Page) => page.getByRole('log', { name: 'Chat with Ana Okafor' })

/** Signs in Maya, opens Ana's chat, and returns Ana. */
async function openChat(page: Page, portal: Portal): Promise<Ana> {
  await page.getByLabel('Portal address').fill(portal.address)
  await page.getByLabel('Email').fill('maya@hartwell.example')
  await page.getByLabel('Password').fill('demo demo demo')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Up to date')).toBeVisible()
  await page.getByRole('option', { name: 'Okafor: purchase of 14 Elm Street' }).click()
  await page.getByRole('option', { name: 'Ana Okafor' }).click()
  await expect(log(page).getByText('Does that leave us enough time?')).toBeInViewport()
  return new Ana(portal).signIn()
}

test('shows a long chat in order and without gaps while scrolling', async ({ signedOut: page, portal }) => {
  const ana = await openChat(page, portal)
  const tom = await new Maya(portal).signIn('tom')
  const many = 800 // more than the window keeps loaded, and than the portal takes from a participant at once
  const texts = Array.from({ length: many }, (_, i) => `Number ${i + 1}.`)
  await ana.send(...texts.slice(0, 100))
  await tom.sendAll(await tom.find('2026-0147', 'Ana Okafor'), texts.slice(100))
  await page.getByRole('button', { name: /^\d+\+ new messages$/ }).click()
  await expect(log(page).getByText(`Number ${many}.`)).toBeInViewport()

  /**
   * Scrolls until a number is in view, and returns what was wrong on the way. Numbers must be in order, without a gap,
   * and the page must hold only a small part of the chat. A step is less than the log's height. Turns of a wheel would
   * add up when the browser is busy, so only the first one is real: it tells the list that the user scrolls.
   */
  const scrollTo = async (wanted: number, step: number) => {
    await log(page).hover()
    await page.mouse.wheel(0, Math.sign(step))
    return log(page).evaluate(
      async (log, { wanted, step, many }) => {
        let last = step < 0 ? many : 0
        for (let turns = 0; turns < 1000; turns++) {
          await new Promise(requestAnimationFrame) // the next frame to paint
          const bubbles = [...log.querySelectorAll('.bubble')]
          const seen = bubbles.flatMap((b) => /Number (\d+)\./.exec(b.textContent)?.[1] ?? []).map(Number)
          const from = seen[0]
          const to = seen.at(-1)
          if (from !== undefined && to !== undefined) {
            if (seen.some((n, i) => n !== from + i)) return `after ${last}: ${seen}`
            if (from > last + 1 || to < last - 1) return `from ${last} to ${from}-${to}`
            last = step < 0 ? from : to
          }
          if (log.querySelectorAll('*').length >= 1000) return 'too much is on the page'
          const there = bubbles.find((b) => b.textContent.includes(`Number ${wanted}.`))
          const top = there?.getBoundingClientRect().top ?? 0
          if (top > 0 && top < innerHeight) return ''
          log.scrollBy({ top: step, behavior: 'instant' })
        }
        return `no ${wanted} after ${last}`
      },
      { wanted, step, many },
    )
  }
  expect(await scrollTo(1, -400)).toBe('')
  expect(await scrollTo(many, 400)).toBe('')
})

test('shows right-to-left scripts and emoji correctly', async ({ signedOut: page, portal }) => {
  const ana = await openChat(page, portal)
  const hebrew = 'שלום, החוזה (ראו סעיף 4.2) נחתם ב-Elm Street 14!'
  const arabic = 'شكرا جزيلا، سأرسل المستندات غدا.'
  const family = 'See you there 👩‍👩‍👧‍👦👍🏽 🇳🇿'
  await ana.send(hebrew, arabic, family)
  const direction = (text: string) =>
    log(page)
      .getByText(text, { exact: true })
      .evaluate((p) => getComputedStyle(p).direction)
  await expect(log(page).getByText(family, { exact: true })).toBeInViewport()
  expect([await direction(hebrew), await direction(arabic), await direction(family)]).toEqual([
    'rtl',
    'rtl',
    'ltr',
  ])
  const box = page.getByRole('textbox', { name: 'Enter message' })
  await box.fill('תודה רבה, Ana!')
  await expect(box).toHaveCSS('direction', 'rtl')
  await look(page, 'reading-scripts')
  await box.press('Enter')
  await expect(page.getByRole('option', { name: 'Okafor: purchase' })).toContainText('You: תודה רבה, Ana!')
  await expect(log(page).getByText('תודה רבה, Ana!')).toHaveCSS('direction', 'rtl')
})

test('announces each new message once and nothing old while scrolling', async ({
  signedOut: page,
  portal,
}) => {
  const ana = await openChat(page, portal)
  await ana.send(...Array.from({ length: 40 }, (_, i) => `Earlier ${i + 1}.`))
  await expect(log(page).getByText('Earlier 40.')).toBeInViewport()

  // Screen readers read aloud what is added to live regions.
  await page.evaluate(() => {
    const w = window as unknown as { heard: string[] }
    w.heard = []
    new MutationObserver((changes) => {
      for (const { target, addedNodes } of changes) {
        const element = target instanceof Element ? target : target.parentElement!
        const region = element.closest('[aria-live], [role=status], [role=alert], [role=log]')
        if (!region || region.getAttribute('aria-live') === 'off') continue
        w.heard.push(...[...addedNodes].map((node) => node.textContent ?? ''))
      }
    }).observe(document.body, { childList: true, subtree: true, characterData: true })
  })
  const heard = () =>
    page.evaluate(() => (window as unknown as { heard: string[] }).heard.filter((text) => text.trim()))

  await ana.send('The first of two.')
  await expect.poll(heard).toEqual(['Ana Okafor: The first of two.'])
  await log(page).hover()
  for (let i = 0; i < 10; i++) await page.mouse.wheel(0, -700)
  await expect(page.getByRole('button', { name: 'Jump to latest' })).toBeVisible()
  await ana.send('The second of two.')
  await expect(page.getByRole('button', { name: '1 new message' })).toBeVisible()
  await page.getByRole('button', { name: '1 new message' }).click()
  await expect(log(page).getByText('The second of two.')).toBeInViewport()
  expect(await heard()).toEqual(['Ana Okafor: The first of two.', 'Ana Okafor: The second of two.'])
})

test('shows when the participant has read a message', async ({ signedOut: page, portal, browser }) => {
  await openChat(page, portal)
  await page.getByRole('textbox', { name: 'Enter message' }).fill('Have you seen the plan?')
  await page.keyboard.press('Enter')
  const mine = log(page).locator('.row', { hasText: 'Have you seen the plan?' })
  await expect(mine.getByText('Sending')).toBeVisible()
  const phone = await browser.newPage()
  await phone.goto(portal.ana)
  await expect(phone.getByRole('log').getByText('Have you seen the plan?')).toBeInViewport()
  await expect(mine.getByText(/^Read by Ana at \d\d:\d\d$/)).toBeVisible()
  await expect(phone.getByText(/Read by/)).toHaveCount(0)
  await phone.close()
})
