import { expect, it } from 'vitest'
import { FakeBackend } from '../fake/window'
import { FileExport } from './fileexport.svelte'

async function okafor() {
  const backend = new FakeBackend()
  backend.addMatter({ id: 'm1', reference: '2026-0147', title: 'Okafor', type: '', opened_at: 1, assigned: 'maya', assigned_name: 'Maya Hart', mine: true }) // prettier-ignore
  backend.addPerson('m1', { id: 'ana', name: 'Ana Okafor' })
  const matter = await backend.matter('m1')
  return { backend, matter, ana: matter.participants[0] }
}

it('exports the chosen chat or the whole matter', async () => {
  const { backend, matter, ana } = await okafor()
  const fileExport = new FileExport(backend, matter, ana)
  await fileExport.save()
  expect(fileExport.saved).toBe('2026-0147 Okafor.pdf')
  fileExport.whole = true
  fileExport.kind = 'json'
  backend.exportPath = 'C:\\Files\\Okafor.json'
  await fileExport.save()
  expect(fileExport.saved).toBe('Okafor.json')
  expect(backend.calls.filter((call) => call.startsWith('save'))).toEqual([
    'saveChat ana pdf',
    'saveMatter m1 json',
  ])
})

it('stays open if the user chooses no file', async () => {
  const { backend, matter } = await okafor()
  backend.exportPath = ''
  const fileExport = new FileExport(backend, matter)
  await fileExport.save()
  expect([fileExport.saved, fileExport.saving, fileExport.failure]).toEqual(['', false, undefined])
})

it('saves one file at a time and shows why saving failed', async () => {
  const { backend, matter } = await okafor()
  const failure = { code: 'disk_full', message: 'There is not enough room.', field: '' }
  backend.fails.set('saveMatter', failure)
  const fileExport = new FileExport(backend, matter)
  await Promise.all([fileExport.save(), fileExport.save()])
  expect(backend.calls.filter((call) => call.startsWith('save'))).toHaveLength(1)
  expect([fileExport.saved, fileExport.saving, fileExport.failure]).toEqual(['', false, failure])
})
