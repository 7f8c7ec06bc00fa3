import { svelte } from '@sveltejs/vite-plugin-svelte'
import { svelteTesting } from '@testing-library/svelte/vite'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Builds both front ends: `vite build --mode desktop` and `--mode client`. Each has its folder in src and in dist,
// which frontend.go embeds.
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
    base: './', // the client pages may be at a path, such as https://firm.example/portal/
    // Vite empties dist, and go:embed must find something there: public holds the placeholder.
    publicDir: join(here, 'public'),
    plugins: [svelte({ configFile: false })],
    build: {
      outDir: join(here, 'dist', mode),
      emptyOutDir: true,
      target: 'es2022',
      // The content security policy allows fonts only from files.
      assetsInlineLimit: 0,
      // build/licences collects the licences of what is shipped.
      license: { fileName: 'licences.json' },
    },
  }
})
