// What tests do with portald's commands to the demo firm's portal, beside its running portal.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { out, type Portal } from './processes'

/** Runs a command of portald, and returns its output. */
export function portald(data: string, ...args: string[]): string {
  const database = join(data, 'portal/portal.db')
  return execFileSync(join(out, 'portald'), [...args, '--database', database], { encoding: 'utf8' })
}

/** Adds an admin, and returns the password that portald chose. */
export function addAdmin(data: string, name: string, email: string): string {
  const said = portald(data, 'user', 'add', '--name', name, '--email', email, '--admin')
  return said.match(/password +(\S+)/)![1]
}

/** The path of a link with which a person chooses a new password. */
export function resetPath(data: string, email: string): string {
  return portald(data, 'user', 'reset', email).match(/\/reset#\S+/)![0]
}

/** Chooses a password with a link, without a page. */
export async function choosePassword(portal: Portal, path: string, password: string) {
  const response = await fetch(`${portal.address}/api/v1/resets`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ reset: path.split('#')[1], password }),
  })
  if (!response.ok) throw new Error(`resets: ${await response.text()}`)
}
