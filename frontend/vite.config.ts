import { svelte } from '@sveltejs/vite-plugin-svelte'
import { svelteTesting } from '@testing-library/svelte/vite'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const env = { TZ: 'Europe/London' }

// Builds both front ends: `vite build --mode desktop` and `--mode client`. Each has its folder in src and in dist,
// which frontend.go embeds.
export default defineConfig(({ mode }) => {
  const here = import.meta.dirname
  if (mode === 'test') {
    // Most of these tests' time goes into making pages, and the state classes and the rules need none.
    const pageless = ['src/*.test.ts', 'src/{fake,model}/**/*.test.ts', 'src/shared/[a-z]*.test.ts']
    return {
      test: {
        projects: [
          {
            plugins: [svelte({ configFile: false }), svelteTesting({ autoCleanup: false })],
            test: { name: 'node', include: pageless, env },
          },
          {
            plugins: [svelte({ configFile: false }), svelteTesting()],
            test: {
              name: 'jsdom',
              include: ['src/**/*.test.ts'],
              exclude: pageless,
              environment: 'jsdom',
              env,
            },
          },
        ],
      },
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
