import { execFileSync } from 'node:child_process'
import { root } from './processes'

/** Builds what the tests start: the app as it serves its window to a browser, and the portal. */
export default function build() {
  const go = (...args: string[]) => execFileSync('go', args, { cwd: root, stdio: 'inherit' })
  go('build', '-tags', 'dev,webkit2_41,sqlite_fts5', '-o', 'build/out/matterline-dev', '.')
  go('build', '-tags', 'sqlite_fts5', '-o', 'build/out/portald', './app/cmd/portald')
}
