import { expect, it } from 'vitest'
import { FakeBackend } from '../fake/window'
import { Paper } from './paper.svelte'

async function okafor() {
  const backend = new FakeBackend()
  backend.addMatter({ id: 'm1', reference: '2026-0147', title: 'Okafor', type: '', opened_at: 1, assigned: 'maya', assigned_name: 'Maya Hart', mine: true }) // prettier-ignore
  backend.addPerson('m1', { id: 'ana', name: 'Ana Okafor' })
  const matter = await backend.matter('m1')
  return { backend, matter, ana: matter.participants[0] }
}

it('saves the chat that was asked for, or the whole matter', async () => {
  const { backend, matter, ana } = await okafor()
  const paper = new Paper(backend, matter, ana)
  await paper.save()
  expect(paper.saved).toBe('2026-0147 Okafor.pdf')
  paper.whole = true
  paper.kind = 'json'
  backend.paper = 'C:\\Files\\Okafor.json'
  await paper.save()
  expect(paper.saved).toBe('Okafor.json')
  expect(backend.asked.filter((call) => call.startsWith('save'))).toEqual([
    'saveChat ana pdf',
    'saveMatter m1 json',
  ])
})

it('is as before when no file was chosen', async () => {
  const { backend, matter } = await okafor()
  backend.paper = ''
  const paper = new Paper(backend, matter)
  await paper.save()
  expect([paper.saved, paper.saving, paper.failure]).toEqual(['', false, undefined])
})

it('saves once at a time, and says why it could not', async () => {
  const { backend, matter } = await okafor()
  const failure = { code: 'disk_full', message: 'There is not enough room.', field: '' }
  backend.fails.set('saveMatter', failure)
  const paper = new Paper(backend, matter)
  await Promise.all([paper.save(), paper.save()])
  expect(backend.asked.filter((call) => call.startsWith('save'))).toHaveLength(1)
  expect([paper.saved, paper.saving, paper.failure]).toEqual(['', false, failure])
})
