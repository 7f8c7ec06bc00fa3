import { expect, it } from 'vitest'
import { Form } from './form.svelte'

const taken = { code: 'taken', message: 'Another matter has this reference.', field: 'reference' }

it('shows a problem beside its field and keeps the values', async () => {
  const form = new Form({ reference: '', title: '' }, () => Promise.reject(taken))
  form.values.reference = '2026-0147'
  expect(await form.save()).toBe(false)
  expect(form.problem('reference')).toBe(taken.message)
  expect([form.problem('title'), form.formProblem]).toEqual(['', ''])
  expect(form.values.reference).toBe('2026-0147')
})

it('shows other problems below the fields', async () => {
  const form = new Form({ title: '' }, () => Promise.reject({ ...taken, field: 'address' }))
  await form.save()
  expect([form.formProblem, form.problem('title')]).toEqual([taken.message, ''])
})

it('clears the problem once it is saved', async () => {
  const answers = [Promise.reject(taken), Promise.resolve()]
  const form = new Form({ reference: '' }, () => answers.shift()!)
  await form.save()
  expect(await form.save()).toBe(true)
  expect(form.problem('reference')).toBe('')
})

it('knows whether anything has changed', () => {
  const form = new Form({ name: 'Ana', team: ['leah'] }, () => Promise.resolve())
  expect(form.changed).toBe(false)
  form.values.name = 'Anna'
  expect(form.changed).toBe(true)
  form.values.name = 'Ana'
  expect(form.changed).toBe(false)
  form.values.team = []
  expect(form.changed).toBe(true)
})

it('saves once for several clicks', async () => {
  let saved = 0
  const form = new Form({}, async () => void saved++)
  await Promise.all([form.save(), form.save()])
  expect(saved).toBe(1)
})
