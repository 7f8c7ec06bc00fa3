// The system's browser, with a user who signs in at the firm's identity provider: Chromium, as the browser tests run it.
import { existsSync } from 'node:fs'
import { chromium } from '../../../frontend/node_modules/@playwright/test/index.mjs'

const paths = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/google-chrome']
const browser = await chromium.launch({ executablePath: paths.find((path) => existsSync(path)) })
const page = await browser.newPage()
await page.goto(process.argv[2])
await page.getByLabel('Username').fill('maya')
await page.getByLabel('Password').fill('at the provider')
await page.screenshot({ path: `${process.env.SHOTS}/smoke-sso-provider.png` })
await page.getByRole('button', { name: 'Login' }).click()
await page.getByRole('heading', { name: 'Return to Matterline' }).waitFor()
await page.screenshot({ path: `${process.env.SHOTS}/smoke-sso-returned.png` })
await browser.close()
