import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { demoFirm, emptyWindow, out, Portal, root } from './processes'

/** Builds the app, which serves its window to a browser, and the portal, and creates the data of the demo firm. */
export default async function build() {
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: root, stdio: 'inherit' })
  run('go', 'build', '-tags', 'dev,webkit2_41,sqlite_fts5', '-o', join(out, 'matterline-dev'), '.')
  run('go', 'build', '-tags', 'sqlite_fts5', '-o', join(out, 'portald'), './app/cmd/portald')
  run('go', 'build', '-o', join(out, 'provider'), './frontend/tests/provider')
  const source = join(import.meta.dirname, 'preload/empty-window.c')
  run('gcc', '-shared', '-fPIC', '-Wall', '-Werror', '-o', emptyWindow, source)
  await rm(demoFirm, { recursive: true, force: true })
  const portal = new Portal(demoFirm)
  await portal.start()
  await portal.stop()
}
