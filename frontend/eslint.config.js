import js from '@eslint/js'
import { defineConfig } from 'eslint/config'
import svelte from 'eslint-plugin-svelte'
import ts from 'typescript-eslint'

// What a layer may not import, with the reason. src/layers.test.ts tests each of these rules.
const model = {
  regex: '/model/',
  allowTypeImports: true,
  message: 'Shared components take their values as props. They may import types of the model.',
}
const views = {
  // Components have a capital letter; ./chat.svelte is a module of the model.
  caseSensitive: true,
  regex: '/[A-Z]\\w*\\.svelte$',
  message: 'The model knows no views.',
}
const folder = (name) => ({
  regex: `^(\\.\\./)+${name}/`,
  message: `Nothing outside src/${name} imports from it.`,
})
const desktop = folder('desktop')
const client = folder('client')
const fake = { ...folder('fake'), message: 'The fake backend is for tests.' }
const wails = { regex: 'wailsjs', message: 'Only desktop/bridge.ts talks to Wails.' }
const http = { regex: '^openapi-fetch$', message: 'Only client/api.ts talks to the portal.' }

const restrict = (...patterns) => ({ '@typescript-eslint/no-restricted-imports': ['error', { patterns }] })

/** The rules for one folder of src. Its tests may import the fake, too. */
const layer = (name, ...patterns) => [
  { files: [`src/${name}/**`], rules: restrict(...patterns, wails, http, fake) },
  { files: [`src/${name}/**/*.test.ts`], rules: restrict(...patterns, wails, http) },
]

export default defineConfig(
  { ignores: ['dist/', 'wailsjs/', '**/*.gen.ts'] },
  js.configs.recommended,
  ts.configs.recommended,
  svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  { rules: { 'no-undef': 'off' } }, // TypeScript finds undefined names itself
  layer('shared', model, desktop, client),
  layer('model', views, desktop, client),
  layer('desktop', client),
  layer('client', desktop),
  { files: ['src/desktop/bridge.ts'], rules: restrict(client, http, fake) },
  { files: ['src/client/api.ts'], rules: restrict(desktop, wails, fake) },
  {
    files: ['src/**'],
    ignores: ['src/client/api.ts'],
    languageOptions: { globals: { window: 'readonly', self: 'readonly' } },
    rules: {
      'no-restricted-globals': [
        'error',
        {
          globals: ['fetch', 'EventSource', 'WebSocket', 'XMLHttpRequest'].map((name) => ({
            name,
            message: 'Only client/api.ts talks to the portal.',
          })),
          checkGlobalObject: true,
          globalObjects: ['window', 'self'],
        },
      ],
    },
  },
)
