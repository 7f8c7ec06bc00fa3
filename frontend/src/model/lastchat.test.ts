import { expect, it, vi } from 'vitest'
import { Desk } from './desk.svelte'
import { FakeBackend } from '../fake/window'
import { LastChat } from './lastchat.svelte'

function office() {
  const backend = new FakeBackend()
  backend.addMatter({
    ...{ id: 'elm', reference: '1', title: 'Elm Street', type: '', opened_at: 0 },
    ...{ assigned: 'maya', assigned_name: 'Maya Hart', mine: true },
  })
  backend.addPerson('elm', { id: 'ana', name: 'Ana' })
  return backend
}

it('opens the last chat again, and saves the next one', async () => {
  const backend = office()
  backend.savedLastChat = { matter: 'elm', participant: 'ana' }
  const desk = new Desk(backend)
  const lastChat = new LastChat(backend, desk)
  await vi.waitFor(() => expect(desk.chat?.participant).toBe('ana'))
  backend.savedLastChat = { matter: '', participant: '' }
  lastChat.save()
  expect(backend.calls).toContain('saveLastChat')
})

it('opens nothing if the chat is gone or the user has opened another one', async () => {
  const backend = office()
  backend.savedLastChat = { matter: 'elm', participant: 'somebody else' }
  const desk = new Desk(backend)
  await new LastChat(backend, desk).restored
  expect(desk.matter).toBeUndefined()

  const release = backend.block('lastChat')
  backend.savedLastChat = { matter: 'elm', participant: 'ana' }
  backend.addMatter({ ...backend.files.get('elm')!, id: 'oak' })
  const lastChat = new LastChat(backend, desk)
  await desk.openMatter('oak')
  release()
  await lastChat.restored
  expect(desk.matter?.id).toBe('oak')
})
