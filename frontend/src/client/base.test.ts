import { afterEach, beforeEach, expect, test, vi } from 'vitest'

beforeEach(() => vi.resetModules())
afterEach(() => history.replaceState(null, '', '/'))

/** The pages as loaded from an address. */
async function loadedFrom(address: string) {
  history.replaceState(null, '', address)
  const { base, storageKey } = await import('./base')
  const { readEntryLink } = await import('./link')
  return { base, key: storageKey('ana'), entry: readEntryLink() }
}

test('finds invitations at the root and below a path', async () => {
  for (const base of ['/', '/portal/', '/clients/portal/']) {
    vi.resetModules()
    const loaded = await loadedFrom(`${base}invited#secret`)
    expect(loaded.base).toBe(base)
    expect(loaded.entry).toMatchObject({ invitation: 'secret', broken: false })
    expect(location.pathname + location.hash).toBe(base)
  }
})

test('keeps what portals at the same host store apart', async () => {
  const root = await loadedFrom('/')
  vi.resetModules()
  const below = await loadedFrom('/portal/join#link')
  expect(below.entry.link).toBe('link')
  expect(root.key).toBe('matterline ana')
  expect(below.key).not.toBe(root.key)
})
