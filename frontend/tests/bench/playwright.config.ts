import { defineConfig } from '@playwright/test'
import base from '../playwright.config'

// build/bench window runs this. It isn't a test.
export default defineConfig(base, {
  testDir: import.meta.dirname,
  testMatch: '*.bench.ts',
  globalSetup: '../build.ts',
  reporter: 'line',
  timeout: 300_000,
  use: { trace: 'off' },
})
