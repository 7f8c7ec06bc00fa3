// Measures the window in a browser, with the app's real Go side and a copy of 1,000,000 messages. For comparison it
// measures the same input on an almost empty page. BENCH_DIR is the app's data folder with the copy. BENCH_OUT is the
// file for the table.
import { appendFileSync } from 'node:fs'
import { expect, type Page } from '@playwright/test'
import { test } from '../processes'

const rounds = 40

const measured = test.extend({
  // eslint-disable-next-line no-empty-pattern
  data: async ({}, use) => use(process.env.BENCH_DIR!),
})

/**
 * Measures the time from an input event of this type until the paint after which the expression done is true.
 * Playwright evaluates the expression, because the window's content security policy forbids eval.
 */
async function took(page: Page, type: string, done: string, act: () => Promise<void>): Promise<number> {
  const time = page.evaluate<number>(`new Promise((resolve) => {
    const begin = (event) => {
      const look = () => {
        if (!(${done})) return requestAnimationFrame(look)
        const channel = new MessageChannel() // answers after this frame's paint
        channel.port1.onmessage = () => resolve(performance.now() - event.timeStamp)
        channel.port2.postMessage(0)
      }
      requestAnimationFrame(look)
    }
    addEventListener(${JSON.stringify(type)}, begin, { once: true, capture: true })
  })`)
  await page.evaluate('0') // the listener is set
  await act()
  return time
}

function row(what: string, ours: number, bare: number | undefined, limit: number) {
  const ratio = bare === undefined ? '' : (ours / bare).toFixed(2)
  const line = [
    what,
    ours.toFixed(0),
    bare?.toFixed(0) ?? '',
    ratio,
    `<= ${limit}`,
    ours <= limit ? 'met' : 'missed',
  ]
  appendFileSync(process.env.BENCH_OUT!, line.join('\t') + '\n')
}

const at = (share: number, times: number[]) =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))]

function rows(what: string, ours: number[], bare: number[]) {
  row(`${what}, p50 (ms)`, at(0.5, ours), at(0.5, bare), 100)
  row(`${what}, p95 (ms)`, at(0.95, ours), at(0.95, bare), 100)
}

/** Measures the same inputs on an almost empty page. */
async function bare(page: Page) {
  await page.setContent(
    `<button onclick="document.title = this.textContent = this.textContent === 'a' ? 'b' : 'a'">a</button>
     <textarea oninput="document.title = this.value"></textarea>`,
  )
  const clicks: number[] = []
  const keys: number[] = []
  for (let i = 0; i < rounds; i++) {
    const next = i % 2 ? 'a' : 'b'
    const shows = `document.querySelector('button').textContent === '${next}'`
    clicks.push(await took(page, 'pointerdown', shows, () => page.locator('button').click()))
  }
  await page.locator('textarea').focus()
  for (let i = 0; i < rounds; i++) {
    const shows = `document.querySelector('textarea').value.length === ${i + 1}`
    keys.push(await took(page, 'keydown', shows, () => page.keyboard.press('x')))
  }
  await page.setContent(
    `<div class="log" style="height: 500px; overflow: auto">${'<p>Some words and more</p>'.repeat(20_000)}</div>`,
  )
  await page.locator('.log').hover()
  const scrolled = await frames(page, '.log p:first-child', () => wheel(page, 900, 600))
  return { clicks, keys, frame: scrolled.longest }
}

/** Measures the longest frame while scrolling, and the most elements in the list. */
async function frames(page: Page, list: string, scroll: () => Promise<void>) {
  await page.evaluate((list) => {
    const w = window as unknown as { gaps: number[]; nodes: number; stop: boolean }
    ;[w.gaps, w.nodes, w.stop] = [[], 0, false]
    let last = performance.now()
    const frame = () => {
      const now = performance.now()
      w.gaps.push(now - last)
      last = now
      w.nodes = Math.max(w.nodes, document.querySelectorAll(`${list} *`).length)
      if (!w.stop) requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  }, list)
  await scroll()
  return page.evaluate(() => {
    const w = window as unknown as { gaps: number[]; nodes: number; stop: boolean }
    w.stop = true
    return { longest: Math.max(...w.gaps), nodes: w.nodes }
  })
}

async function wheel(page: Page, by: number, times: number) {
  for (let i = 0; i < times; i++) {
    await page.mouse.wheel(0, by)
    await page.evaluate(() => new Promise(requestAnimationFrame))
  }
}

measured('window', async ({ app, page }) => {
  void app // starts the app
  const matters = page.getByRole('listbox', { name: 'Matters' })
  await expect(matters).toBeVisible({ timeout: 60_000 })
  await page.getByRole('button', { name: /^Mine \+ team \d+$/ }).click()
  await expect(page.getByText('Offline')).toBeVisible({ timeout: 60_000 })
  const nothing = await bare(await page.context().newPage())
  await page.bringToFront()

  /** The messages are on screen, or the notice that there are none. */
  const messagesShown = `document.querySelector('main .log .bubble, main .panel .notice') !== null`
  const shown = (name: string) =>
    `document.querySelector('[role=tablist][aria-label="Chat with ${name}"]') !== null && ${messagesShown}`

  // Open matters, each for the first time.
  const switched: number[] = []
  for (let i = 1; i <= rounds; i++) {
    await matters.evaluate((list, i) => (list.scrollTop = i * 57), i)
    const option = matters.locator(`[aria-posinset="${i + 1}"]`)
    const title = (await option.locator('.title').textContent())!
    const open = `document.querySelector('main section')?.ariaLabel === ${JSON.stringify(title)} && ${messagesShown}`
    switched.push(await took(page, 'pointerdown', open, () => option.click()))
  }
  rows('switch matter', switched, nothing.clicks)

  // Switch between a matter's chats.
  const people = page.getByRole('listbox', { name: 'Portal participants' }).getByRole('option')
  const opened: number[] = []
  for (let i = 0; i < rounds; i++) {
    const person = people.nth((i + 1) % 2)
    const name = (await person.locator('b').textContent())!
    opened.push(await took(page, 'pointerdown', shown(name), () => person.click()))
  }
  rows('open chat', opened, nothing.clicks)

  const filter = page.getByRole('textbox', { name: 'Filter matters' })
  await filter.fill('The long matte')
  const filtered = `document.querySelectorAll('[aria-label="Matters"] [role=option]').length === 1`
  row(
    'filter 901 matters (ms)',
    await took(page, 'keydown', filtered, () => filter.press('r')),
    at(0.5, nothing.keys),
    100,
  )
  const long = matters.getByRole('option').first()
  const done = `document.querySelector('main section')?.ariaLabel === 'The long matter' && ${messagesShown}`
  row(
    'open the chat of 100,000 (ms)',
    await took(page, 'pointerdown', done, () => long.click()),
    at(0.5, nothing.clicks),
    100,
  )
  await filter.fill('')

  // Type after 2,000 characters, and send.
  const box = page.getByRole('textbox', { name: 'Enter message' })
  await box.fill('some words and more '.repeat(100))
  const typed: number[] = []
  for (let i = 0; i < rounds; i++) {
    const done = `document.querySelector('.grow').dataset.text.length === ${2001 + i}`
    typed.push(await took(page, 'keydown', done, () => box.press('x')))
  }
  rows('type', typed, nothing.keys)
  const sent: number[] = []
  for (let i = 0; i < rounds; i++) {
    await box.fill(`Sent as number ${i}.`)
    const done = `[...document.querySelectorAll('.log .bubble')].at(-1)?.textContent.includes('Sent as number ${i}.')`
    sent.push(await took(page, 'keydown', done, () => box.press('Enter')))
  }
  rows('send', sent, nothing.keys)

  // Scroll up through more than 5,000 messages, jump to another date, and scroll both ways.
  const area = (await page.locator('.log').boundingBox())!
  await page.mouse.move(area.x + 300, area.y + 200)
  const from = await frames(page, '.log', () => wheel(page, -900, 600))
  await page.getByRole('button', { name: 'Jump to date' }).click()
  await page.getByRole('button', { name: 'Previous' }).click()
  await page.locator('[data-bits-day]:not([data-outside-month])').first().click()
  await expect(page.getByRole('button', { name: 'Jump to latest' })).toBeVisible()
  await page.mouse.move(area.x + 300, area.y + 200)
  const there = await frames(page, '.log', async () => {
    await wheel(page, -900, 200)
    await wheel(page, 900, 400)
  })
  row('scroll 100,000 messages, longest frame (ms)', Math.max(from.longest, there.longest), nothing.frame, 50)
  row('scroll 100,000 messages, most nodes in the list', Math.max(from.nodes, there.nodes), undefined, 1000)
})
