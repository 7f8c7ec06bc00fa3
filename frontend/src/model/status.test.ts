import { beforeEach, expect, it } from 'vitest'
import type { Unsent } from './backend'
import { OpenChat } from './chat.svelte'
import { Draft } from './draft.svelte'
import { FakeBackend } from '../fake/window'
import { Status } from './status.svelte'

let backend: FakeBackend
let chat: OpenChat
let status: Status

beforeEach(async () => {
  backend = new FakeBackend()
  backend.addPerson('okafor', { id: 'ana', name: 'Ana Okafor' })
  backend.receive('ana', 'Lodged', 1, backend.me, true)
  backend.receive('ana', 'Granted', 2, backend.me, true)
  chat = new OpenChat(backend, 'ana', new Draft(backend, 'ana'))
  status = new Status(backend, chat)
  await chat.refresh()
})

const decision = (id: string, more: Partial<Unsent>): Unsent => ({
  ...{ id, kind: 'status', matter: 'okafor', matter_title: '', participant: 'ana', name: '', text: 'Lodged' },
  ...{ message: 'm1', assigned_name: '', written_at: 1, state: 'waiting', code: '', reason: '' },
  ...more,
})

it('separates the current status from past ones', () => {
  expect(status.current?.text).toBe('Granted')
  expect(status.earlier.map((s) => s.text)).toEqual(['Lodged'])
})

it('shows the last unconfirmed decision and the rejected ones', async () => {
  backend.chats.get('ana')!.decisions = [
    decision('d1', { state: 'rejected', code: 'superseded' }),
    decision('d2', { state: 'sending' }),
    decision('d3', { message: '' }),
  ]
  await chat.refresh()
  expect(status.asked?.id).toBe('d3')
  expect(status.rejected.map((d) => d.id)).toEqual(['d1'])
})

it('sends decisions and shows why one failed', async () => {
  await status.setCurrent('m1')
  await status.takeDown()
  const [theirs, mine] = ['d1', 'd2'].map((id) => decision(id, { state: 'rejected', code: 'superseded' }))
  backend.chats.get('ana')!.decisions = [theirs, mine]
  await status.keepTheirs(theirs)
  await status.useMine(mine)
  expect(backend.calls.filter((call) => /^(decide|keep|use)/.test(call))).toEqual([
    'decide ana m1',
    'decide ana ',
    'keepTheirs d1',
    'useMine d2',
  ])
  backend.fails.set('decide', { code: 'not_found', message: 'It is gone.' })
  await status.setCurrent('m1')
  expect(status.problem).toBe('It is gone.')
})
