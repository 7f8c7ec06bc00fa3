import { svelte } from '@sveltejs/vite-plugin-svelte'
import { svelteTesting } from '@testing-library/svelte/vite'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Two front ends in one house: `vite build --mode desktop` and `--mode client`, each from its folder in
// src into its folder in dist, where frontend.go embeds it.
export default defineConfig(({ mode }) => {
  const here = import.meta.dirname
  if (mode === 'test') {
    return {
      plugins: [svelte({ configFile: false }), svelteTesting()],
      test: { include: ['src/**/*.test.ts'], environment: 'jsdom', env: { TZ: 'Europe/London' } },
    }
  }
  return {
    root: join(here, 'src', mode),
    base: mode === 'client' ? '/' : './',
    // Vite empties dist, and go:embed must find something there: public holds the placeholder.
    publicDir: join(here, 'public'),
    plugins: [svelte({ configFile: false })],
    build: {
      outDir: join(here, 'dist', mode),
      emptyOutDir: true,
      target: 'es2022',
      // The content security policy takes fonts and images from files alone.
      assetsInlineLimit: 0,
    },
  }
})
