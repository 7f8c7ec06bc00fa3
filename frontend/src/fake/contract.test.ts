import { it } from 'vitest'
import { closingContract, contract, undoContract, type World } from '../../tests/contract'
import { device, FakeBackend } from './window'

function world(): World {
  const backend = new FakeBackend()
  backend.undoFor = 20
  let matters = 0
  return {
    backend,
    password: backend.password,
    async openMatter(title, name) {
      const reference = `matter-${++matters}`
      const matter = await backend.openMatter({ reference, title, type: 'Lease' }, backend.me.id, [])
      const participant = await backend.addParticipant(matter, { name, role: 'Client', other_side: false })
      return { matter, participant }
    },
    async participantSends(participant, ...texts) {
      Object.assign(backend.chats.get(participant)!.person, {
        joined: true,
        account: `account of ${participant}`,
      })
      backend.signedIn.set(`account of ${participant}`, [device('phone', { kind: 'browser' })])
      for (const text of texts) backend.receive(participant, text, Date.now())
      backend.changed(backend.chats.get(participant)!.matter)
    },
    async colleagueSetsStatus(participant, text) {
      backend.receive(participant, text, Date.now(), { id: 'leah', name: 'Leah Stone' }, true)
      backend.changed(backend.chats.get(participant)!.matter)
    },
  }
}

it.each([...undoContract, ...contract, ...closingContract])('%s', (_, run) => run(world()))
