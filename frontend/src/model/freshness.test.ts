import { describe, expect, it } from 'vitest'
import { dateLanguage } from '../shared/language.svelte'
import type { Freshness as FreshnessNow } from './backend'
import { FakeBackend } from '../fake/window'
import { Freshness } from './freshness.svelte'

dateLanguage.tag = 'en-GB'

const now = new Date('2026-11-23T11:00:00Z').getTime()

async function told(f: Partial<FreshnessNow>): Promise<Freshness> {
  const backend = new FakeBackend()
  const freshness = new Freshness(backend)
  backend.tellFreshness(f)
  await freshness.refresh()
  return freshness
}

describe('how up to date the replica is', () => {
  it.each([
    [{ state: 'current', waiting: 2 }, 'Up to date, 2 waiting to send', 'good'],
    [{ state: 'catching_up', done: 3, total: 12 }, 'Syncing, 3 of 12', 'busy'],
    [{ state: 'signed_out', waiting: 1 }, 'Signed out, 1 waiting to send', 'bad'],
    [{ state: 'too_old', as_of: now - 79 * 60_000 }, 'Portal out of date, last synced 09:41', 'bad'],
    [{ state: 'too_new' }, 'Update needed', 'bad'],
    [{ state: 'wrong_address' }, 'Portal not found', 'bad'],
    [{ state: 'untrusted' }, 'No secure connection', 'bad'],
    [{ state: 'proxy' }, 'Blocked by the network', 'bad'],
    [{ state: 'disk' }, 'Disk problem', 'bad'],
    [{ state: 'offline' }, 'Offline', 'still'],
    [{ state: 'busy' }, 'Portal busy', 'still'],
    [{ state: 'current', problem: 'The portal does not take it.' }, 'Up to date', 'bad'],
    [{ state: 'current', warning: 'The clock is wrong.' }, 'Up to date', 'bad'],
  ] as const)('%o reads %s', async (f, reads, mood) => {
    const freshness = await told(f)
    expect(freshness.text(now)).toBe(reads)
    expect(freshness.mood).toBe(mood)
  })

  it('explains the problem first, then that the user can continue', async () => {
    const freshness = await told({
      state: 'offline',
      problem: 'The portal does not answer.',
      warning: 'The clock.',
    })
    expect(freshness.explained).toEqual([
      'The portal does not answer.',
      'You can keep reading and writing. Messages will be sent when the portal is reachable again.',
      'The clock.',
    ])
    expect((await told({ state: 'current' })).explained).toEqual([])
  })
})
