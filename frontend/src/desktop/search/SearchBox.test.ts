import { fireEvent, render, screen } from '@testing-library/svelte'
import { tick } from 'svelte'
import { beforeEach, expect, it, vi } from 'vitest'
import { FakeBackend } from '../../fake/window'
import { Search } from '../../model/search.svelte'
import SearchBox from './SearchBox.svelte'

let backend: FakeBackend
let search: Search
const onopen = vi.fn()

beforeEach(() => {
  onopen.mockReset()
  backend = new FakeBackend()
  backend.addMatter({
    ...{ id: 'okafor', reference: '2026-0147', title: 'Okafor', type: 'Conveyancing', opened_at: 1 },
    ...{ assigned: 'maya', assigned_name: 'Maya Hart', mine: true },
  })
  backend.addPerson('okafor', { id: 'ana', name: 'Ana Okafor' })
  search = new Search(backend)
  render(SearchBox, { search, onopen })
})

const box = () => screen.getByRole<HTMLInputElement>('combobox')
const selected = () => screen.getByRole('option', { selected: true }).textContent

async function type(text: string) {
  await fireEvent.focus(box())
  await fireEvent.input(box(), { target: { value: text } })
  await search.settled
  await tick()
}

async function receive(text: string) {
  backend.receive('ana', text)
  await search.changed()
  await tick()
}

it('keeps the first hit chosen when a newer one comes above it', async () => {
  const first = backend.receive('ana', 'The deposit is paid.')
  await type('deposit')
  expect(selected()).toContain('The deposit is paid.')
  await receive('Which deposit?')
  expect(screen.getAllByRole('option')[0].textContent).toContain('Which deposit?')
  expect(selected()).toContain('The deposit is paid.')
  await fireEvent.keyDown(box(), { key: 'Enter' })
  await vi.waitFor(() => expect(onopen.mock.lastCall![0]).toMatchObject({ message: first.id }))
})

it('chooses the first hit again for another text, and when the hits are shown again', async () => {
  backend.receive('ana', 'The deposit is paid.')
  await type('deposit')
  await receive('Which deposit account?')
  await type('deposit a')
  expect(selected()).toContain('Which deposit account?')
  await fireEvent.keyDown(box(), { key: 'Escape' })
  await receive('The deposit account in Leeds.')
  await fireEvent.click(box())
  await vi.waitFor(() => expect(selected()).toContain('The deposit account in Leeds.'))
})
