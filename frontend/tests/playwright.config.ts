import { defineConfig } from '@playwright/test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

// The browser is the system's own; none is downloaded. The headless shell draws no user interface of its own, which
// takes a quarter less processor time.
const browsers = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/google-chrome']

export default defineConfig({
  testDir: import.meta.dirname,
  outputDir: join(import.meta.dirname, '../../build/out/browser'),
  globalSetup: './build.ts',
  reporter: 'list',
  workers: 2,
  fullyParallel: true,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  use: {
    actionTimeout: 30_000,
    locale: 'en-GB',
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
    // A trace takes almost half as much processor time again as the test. Ask for one with --trace retain-on-failure.
    trace: 'off',
    launchOptions: {
      executablePath: browsers.find((path) => existsSync(path)),
      args: [
        '--no-sandbox',
        '--disable-background-networking',
        '--disable-sync',
        '--no-first-run',
        '--disable-component-update',
      ],
    },
  },
})
