import { expect, it } from 'vitest'
import { FakeBackend } from '../fake/window'
import { Covers } from './covers.svelte'

const noon = new Date(2026, 10, 28, 12, 0).getTime()
const hour = 3_600_000

it('follows the covers of the user and by the user', async () => {
  const backend = new FakeBackend()
  const covers = new Covers(backend, 'maya')
  await covers.refresh()
  expect(covers.own).toBeUndefined()
  await backend.setCover('leah', 'maya', noon, noon + hour, false)
  await expect.poll(() => covers.forOthers.map(({ name }) => name)).toEqual(['Leah Stone'])
  await backend.setCover('maya', 'leah', noon, noon + hour, true)
  await expect.poll(() => covers.own?.by_name).toBe('Leah Stone')
  await covers.end('maya')
  await expect.poll(() => covers.own).toBeUndefined()
  covers.close()
})

it('offers the week from now, in the time of this computer', async () => {
  const backend = new FakeBackend()
  const covers = new Covers(backend, 'maya')
  const form = covers.form('maya', undefined, noon)
  expect(form.values).toEqual({ by: '', from: '2026-11-28T12:00', until: '2026-12-05T12:00', alone: false })
  form.values.by = 'leah'
  expect(await form.save()).toBe(true)
  expect(await covers.of('maya')).toMatchObject({ by: 'leah', from: noon, until: noon + 7 * 24 * hour })
  covers.close()
})

it('keeps what was typed and names the field at fault', async () => {
  const covers = new Covers(new FakeBackend(), 'maya')
  const form = covers.form('maya', undefined, noon)
  expect(await form.save()).toBe(false)
  expect(form.problem('by')).toBe('Choose a colleague.')
  form.values.by = 'leah'
  form.values.until = '2026-11-28T11:00'
  expect(await form.save()).toBe(false)
  expect(form.problem('until')).toBe('Choose an end that is after the start.')
  form.values.until = ''
  expect(await form.save()).toBe(false)
  expect(form.problem('until')).toBe('Choose when it ends.')
  expect(form.values.by).toBe('leah')
  covers.close()
})
