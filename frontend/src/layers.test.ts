// @vitest-environment node
import { ESLint } from 'eslint'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const eslint = new ESLint({ cwd: root })
// The first run loads the parsers, which takes seconds and is no part of any test.
await eslint.lintText('', { filePath: join(root, 'src/model/desk.svelte.ts') })

/** The layer rules that a line of code breaks in a file. */
async function broken(file: string, code: string): Promise<string[]> {
  const source = file.endsWith('.svelte') ? `<script lang="ts">\n${code}\n</script>` : code
  const [result] = await eslint.lintText(source, { filePath: join(root, 'src', file) })
  expect(result.messages.filter((m) => m.fatal)).toEqual([])
  return result.messages.map((m) => m.ruleId!).filter((rule) => rule.includes('restricted'))
}

const imports = '@typescript-eslint/no-restricted-imports'

it.each([
  ['shared/Composer.svelte', "import { newID } from '../model/id'"],
  ['shared/rows.ts', "import { newID } from '../model/id'"],
  ['shared/rows.ts', "import Window from '../desktop/window/Window.svelte'"],
  ['model/desk.svelte.ts', "import Avatar from '../shared/Avatar.svelte'"],
  ['model/desk.svelte.ts', "import { bridge } from '../desktop/bridge'"],
  ['model/desk.svelte.ts', "import { api } from '../client/api'"],
  ['model/desk.svelte.ts', "import { FakeBackend } from '../fake/window'"],
  ['model/desk.svelte.ts', "import * as app from '../../wailsjs/go/desktop/App'"],
  ['model/desk.test.ts', "import * as app from '../../wailsjs/go/desktop/App'"],
  ['desktop/App.svelte', "import * as app from '../../wailsjs/go/desktop/App'"],
  ['desktop/window/Window.svelte', "import { FakeBackend } from '../../fake/window'"],
  ['desktop/App.svelte', "import { api } from '../client/api'"],
  ['desktop/bridge.ts', "import { api } from '../client/api'"],
  ['client/App.svelte', "import { bridge } from '../desktop/bridge'"],
  ['client/copy.ts', "import createClient from 'openapi-fetch'"],
  ['client/api.ts', "import { page } from '../fake/changes'"],
])('%s must not contain: %s', async (file, code) => {
  expect(await broken(file, code)).toEqual([imports])
})

it.each([
  ['client/copy.ts', "void fetch('/')"],
  ['client/copy.ts', "new EventSource('/')"],
  ['client/App.svelte', "void window.fetch('/')"],
  ['model/desk.svelte.ts', "void globalThis.fetch('/')"],
  ['desktop/bridge.ts', "void fetch('/')"],
])('%s must not call the network: %s', async (file, code) => {
  expect(await broken(file, code)).toEqual(['no-restricted-globals'])
})

it.each([
  ['shared/rows.ts', "import type { Message } from '../model/backend'"],
  ['model/desk.svelte.ts', "import { OpenChat } from './chat.svelte'"],
  ['model/desk.test.ts', "import { FakeBackend } from '../fake/window'"],
  ['desktop/bridge.ts', "import * as app from '../../wailsjs/go/desktop/App'"],
  ['client/api.ts', "import createClient from 'openapi-fetch'\nvoid fetch('/')"],
])('%s may contain: %s', async (file, code) => {
  expect(await broken(file, code)).toEqual([])
})
